// SPDX-License-Identifier: MIT
#include "printer.h"

#include <stdio.h>

#include <algorithm>

#include "json.h"

namespace whitcat {

namespace {

constexpr size_t kBytesInRow = 16;
constexpr size_t kBytesShown = 256;

std::string_view view(whit::Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data), bytes.size}; }

// How many bytes at the end begin a character without ending it. The text is valid but for its end.
size_t cut_bytes(std::string_view text) {
  for (size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto byte = static_cast<uint8_t>(text[text.size() - back]);
    if ((byte & 0xC0) == 0x80) continue;
    const size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

std::string row(std::string_view bytes, size_t offset) {
  char text[32];
  snprintf(text, sizeof text, "  %06zx ", offset);
  std::string line = text;
  std::string characters;
  for (size_t i = 0; i < kBytesInRow; ++i) {
    const bool there = offset + i < bytes.size();
    const auto byte = there ? static_cast<uint8_t>(bytes[offset + i]) : uint8_t{0};
    snprintf(text, sizeof text, there ? " %02x" : "   ", static_cast<unsigned>(byte));
    line += text;
    if (there) characters += byte >= ' ' && byte < 0x7F ? static_cast<char>(byte) : '.';
  }
  return line + "  " + characters + "\n";
}

}  // namespace

std::string harmless(std::string_view text, std::string_view indent) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    const bool of_two =
        byte == 0xC2 && i + 1 < text.size() && static_cast<uint8_t>(text[i + 1]) < 0xA0;  // U+0080 to 9F
    if (byte == '\n') {
      out += '\n';
      out += indent;
    } else if ((byte < ' ' && byte != '\t') || byte == 0x7F || of_two) {
      char code[8];
      snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned>(of_two ? static_cast<uint8_t>(text[i + 1]) : byte));
      out += code;
      if (of_two) ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

Printer::Printer(const Options& options, Console* console)
    : console_(console), json_(options.json), told_(options.verbose), raw_(options.binary) {}

std::string Printer::mark(const char* sign) const {
  if (!console_->interactive()) return "";
  return current_ != 0 ? std::to_string(current_) + sign : std::string(sign);
}

void Printer::opened(uint32_t connection, std::string_view peer, std::string_view protocol, std::string_view tls) {
  if (json_) {
    JsonLine line("open");
    if (connection != 0) line.number("connection", connection);
    line.text(connection != 0 ? "from" : "url", peer).text("protocol", protocol).boolean("secure", !tls.empty());
    return console_->put(line.end());
  }
  if (!console_->interactive() || told_) return;
  std::string text = connection != 0 ? std::to_string(connection) + " connected from " : "connected to ";
  text += peer;
  if (!protocol.empty()) text += ", protocol " + std::string(protocol);
  if (!tls.empty()) text += ", " + std::string(tls);
  console_->say(text);
}

void Printer::message(uint32_t connection, const whit::Message& piece) {
  current_ = connection;
  mid_message_ = !piece.last;
  if (json_) {
    message_to_json(piece);
  } else if (console_->on_terminal()) {
    message_to_terminal(piece);
  } else {
    message_to_pipe(piece);
  }
}

void Printer::message_to_pipe(const whit::Message& piece) {
  console_->put(view(piece.data));
  if (piece.last && !raw_) console_->put("\n");
}

// The characters that are whole: those of a text that the piece cuts come with the next one.
std::string_view Printer::whole_characters(const whit::Message& piece) {
  if (piece.first) cut_.clear();
  characters_ = cut_;
  characters_ += view(piece.data);
  const size_t cut = cut_bytes(characters_);
  cut_ = characters_.substr(characters_.size() - cut);
  characters_.resize(characters_.size() - cut);
  return characters_;
}

void Printer::message_to_terminal(const whit::Message& piece) {
  if (piece.type == whit::MessageType::kText) return text_to_terminal(piece);
  bytes_to_terminal(piece);
}

void Printer::text_to_terminal(const whit::Message& piece) {
  std::string lines = mark(piece.first ? "< " : "+ ");
  lines += harmless(whole_characters(piece), "  ");
  console_->put(lines + "\n");
}

void Printer::bytes_to_terminal(const whit::Message& piece) {
  const std::string_view bytes = view(piece.data);
  std::string lines = mark(piece.first ? "< " : "+ ") + std::to_string(bytes.size()) + " bytes, binary\n";
  for (size_t offset = 0; offset < std::min(bytes.size(), kBytesShown); offset += kBytesInRow) {
    lines += row(bytes.substr(0, kBytesShown), offset);
  }
  if (bytes.size() > kBytesShown) lines += "  and " + std::to_string(bytes.size() - kBytesShown) + " more\n";
  console_->put(lines);
}

void Printer::message_to_json(const whit::Message& piece) {
  const bool text = piece.type == whit::MessageType::kText;
  JsonLine line("message");
  if (current_ != 0) line.number("connection", current_);
  line.text("type", text ? "text" : "binary");
  if (!piece.whole()) line.number("offset", piece.offset - (piece.first ? 0 : cut_.size())).boolean("last", piece.last);
  if (text) {
    line.text("data", whole_characters(piece));
  } else {
    cut_.clear();
    line.base64("base64", view(piece.data));
  }
  console_->put(line.end());
}

void Printer::closed(uint32_t connection, const whit::Close& close, std::string_view description) {
  // A message that ends in the middle is no reason to tear the next line.
  if (mid_message_ && current_ == connection) {
    mid_message_ = false;
    if (!json_ && !raw_ && !console_->on_terminal()) console_->put("\n");
  }
  if (json_) {
    JsonLine line("close");
    if (connection != 0) line.number("connection", connection);
    line.number("code", close.code).text("reason", {close.reason.data, close.reason.size});
    line.boolean("clean", close.was_clean).text("text", description);
    return console_->put(line.end());
  }
  if (!console_->interactive() || told_) return;
  console_->say((connection != 0 ? std::to_string(connection) + " " : "") + std::string(description));
}

void Printer::redirected(uint32_t status, std::string_view url) {
  if (json_) return console_->put(JsonLine("redirect").number("status", status).text("url", url).end());
  if (console_->interactive() && !told_) console_->say("redirected to " + harmless(url, ""));
}

void Printer::retrying(uint32_t wait_ms) {
  if (json_) return console_->put(JsonLine("retry").number("wait_ms", wait_ms).end());
  char text[64];
  snprintf(text, sizeof text, "next attempt in %.1f s", wait_ms / 1000.0);
  console_->say(text);
}

}  // namespace whitcat
