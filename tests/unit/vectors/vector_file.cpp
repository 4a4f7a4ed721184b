// SPDX-License-Identifier: MIT
#include "unit/vectors/vector_file.h"

#include <ctype.h>

#include <fstream>
#include <sstream>

namespace whit::vectors {

namespace {

constexpr char kKey[] = "\x37\xFA\x21\x3D";  // of the peer's masked frames

std::string trim(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

class Parser {
 public:
  Parser(const std::string& text, const Values& values) : text_(text), values_(values) {}

  std::string bytes(char until) {
    std::string out;
    for (;;) {
      skip_space();
      if (at_ == text_.size()) {
        if (until != '\0') fail("a } is missing");
        return out;
      }
      if (text_[at_] == until) {
        ++at_;
        return out;
      }
      const std::string item = one();
      uint64_t count = 1;
      if (at_ < text_.size() && text_[at_] == '*') {
        ++at_;
        count = number();
      }
      for (; count != 0; --count) out += item;
    }
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw SyntaxError(why + " at column " + std::to_string(at_) + " of: " + text_);
  }
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  uint64_t number() {
    const size_t begin = at_;
    while (at_ < text_.size() && isdigit(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    if (at_ == begin) fail("a number is missing");
    return std::stoull(text_.substr(begin, at_ - begin));
  }
  std::string one() {
    switch (text_[at_]) {
      case '"':
        ++at_;
        return literal();
      case '{':
        ++at_;
        return frame();
      case '<':
        return value();
      default:
        return std::string(1, hex());
    }
  }
  char hex() {
    if (at_ + 2 > text_.size()) fail("half a byte");
    const int high = hex_digit(text_[at_]);
    const int low = hex_digit(text_[at_ + 1]);
    if (high < 0 || low < 0) fail("not a byte");
    at_ += 2;
    return static_cast<char>(high * 16 + low);
  }
  std::string literal() {
    std::string out;
    for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] != '\\') {
        out += text_[at_];
        continue;
      }
      ++at_;
      const char escape = at_ < text_.size() ? text_[at_] : '\0';
      const std::string from = "rnt0\\\"";
      const size_t known = escape == '\0' ? std::string::npos : from.find(escape);
      if (known != std::string::npos) {
        out += std::string("\r\n\t\0\\\"", 6)[known];
      } else if (escape == 'x') {
        ++at_;
        out += hex();
        --at_;
      } else {
        fail("an unknown escape");
      }
    }
    if (at_ == text_.size()) fail("a \" is missing");
    ++at_;
    return out;
  }
  std::string value() {
    const size_t end = text_.find('>', at_);
    if (end == std::string::npos) fail("a > is missing");
    const std::string name = text_.substr(at_, end - at_ + 1);
    at_ = end + 1;
    if (name == "<accept>") return values_.accept;
    if (name == "<key>") return name;
    fail("an unknown value " + name);
  }
  // {first payload}: a frame with the shortest form of its length, as the peer sends it.
  std::string frame() {
    skip_space();
    std::string out(1, hex());
    const std::string payload = bytes('}');
    const int mask_bit = values_.peer_masks ? 0x80 : 0;
    const size_t size = payload.size();
    const int extra = size < 126 ? 0 : (size < 65536 ? 2 : 8);
    out += static_cast<char>(mask_bit | (extra == 0 ? static_cast<int>(size) : (extra == 2 ? 126 : 127)));
    for (int i = extra - 1; i >= 0; --i) out += static_cast<char>(uint64_t{size} >> (8 * i));
    if (!values_.peer_masks) return out + payload;
    out.append(kKey, 4);
    for (size_t i = 0; i < size; ++i) out += static_cast<char>(payload[i] ^ kKey[i % 4]);
    return out;
  }

  const std::string& text_;
  const Values& values_;
  size_t at_ = 0;
};

struct Reader {
  std::string path;
  std::vector<Vector> found;
  Vector current;
  bool both = false;
  bool has_role = false;

  [[noreturn]] void fail(int line, const std::string& why) const {
    throw SyntaxError(path + ":" + std::to_string(line) + ": " + why);
  }

  void finish() {
    if (current.line == 0) return;
    if (!has_role) fail(current.line, "no role");
    if (current.covers.empty()) fail(current.line, "covers nothing");
    found.push_back(current);
    if (!both) return;
    found.back().server = true;
    current.server = false;
    found.push_back(current);
  }

  void begin(int line, const std::string& name) {
    finish();
    current = Vector();
    current.file = path.substr(path.rfind('/') + 1);
    current.line = line;
    current.name = name;
    both = has_role = false;
  }

  void set(int line, const std::string& key, const std::string& value) {
    if (key == "vector") return begin(line, value);
    if (current.line == 0) fail(line, "no vector yet");
    std::istringstream words(value);
    std::string word;
    if (key == "covers") {
      while (words >> word) current.covers.push_back(word);
    } else if (key == "role") {
      if (value != "server" && value != "client" && value != "both") fail(line, "no such role");
      has_role = true;
      both = value == "both";
      current.server = value == "server";
    } else if (key == "start") {
      if (value != "raw" && value != "open") fail(line, "start is raw or open");
      current.starts_open = value == "open";
    } else if (key == "buffer") {
      current.buffer_bytes = static_cast<uint32_t>(std::stoul(value));
    } else if (key == "option") {
      const size_t equals = value.find('=');
      current.options[trim(value.substr(0, equals))] = equals == std::string::npos ? "" : trim(value.substr(equals + 1));
    } else if (key == "on") {
      current.actions.push_back(value);
    } else if (key == "in") {
      current.in += " " + value;
    } else if (key == "end") {
      if (value != "fin") fail(line, "the end is fin");
      current.ends_with_fin = true;
    } else if (key == "event") {
      current.events.push_back(value);
    } else if (key == "out" || key == "joined") {
      current.out += " " + value;
      current.joined = current.joined || key == "joined";
    } else if (key == "tcp") {
      if (value != "open" && value != "ended") fail(line, "tcp is open or ended");
      current.tcp = value;
    } else {
      fail(line, "unknown key " + key);
    }
  }
};

}  // namespace

std::vector<Vector> read_vectors(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw SyntaxError("cannot read " + path);
  Reader reader;
  reader.path = path;
  std::string text;
  for (int line = 1; std::getline(file, text); ++line) {
    text = trim(text);
    if (text.empty() || text[0] == '#') continue;
    const size_t colon = text.find(':');
    if (colon == std::string::npos) reader.fail(line, "no colon");
    reader.set(line, text.substr(0, colon), trim(text.substr(colon + 1)));
  }
  reader.finish();
  return reader.found;
}

std::string expand(const std::string& expression, const Values& values) {
  return Parser(expression, values).bytes('\0');
}

std::string printed(const std::string& bytes) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char c : bytes) {
    if (c == '"' || c == '\\') out += '\\';
    if (c >= ' ' && c <= '~') {
      out += c;
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += "\\x";
      out += kDigits[static_cast<uint8_t>(c) >> 4];
      out += kDigits[static_cast<uint8_t>(c) & 15];
    }
  }
  return out + "\"";
}

}  // namespace whit::vectors
