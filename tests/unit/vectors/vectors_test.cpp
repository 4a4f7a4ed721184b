// SPDX-License-Identifier: MIT
// Replays tests/unit/vectors through a whole loop: each input whole, byte by byte, and cut at every position. The events and
// the bytes that leave are the same each time.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <regex>
#include <set>
#include <sstream>

#include "unit/core/bench.h"
#include "unit/vectors/vector_file.h"
#include "whit/message_assembler.h"

namespace whit::vectors {
namespace {

namespace fs = std::filesystem;

fs::path tests_folder() { return WHIT_TESTS_DIR; }

std::vector<Vector> all_vectors() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(tests_folder() / "unit" / "vectors")) {
    if (entry.path().extension() == ".txt" && entry.path().stem() != "rules") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Vector> all;
  for (const fs::path& path : paths) {
    const std::vector<Vector> some = read_vectors(path.string());
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

// ---- one run ----

struct Result {
  std::vector<std::string> events;
  std::string out;
  bool tcp_ended = false;
};

const char* where_name(Cause::Where where) {
  const char* const names[] = {"resolve", "connect",   "secure",   "handshake", "protocol",
                               "closing", "transport", "deadline", "random"};
  return names[where];
}

// How the input arrives: the first `cut` bytes, then the rest; or one byte in each turn.
struct Delivery {
  size_t cut = SIZE_MAX;
  bool drips = false;
};

std::string join(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += "\n    " + line;
  return out;
}

// The notation of the files: frames without their masks (after checking that those are there), a client's key by name.
class OutputReader {
 public:
  OutputReader(std::string bytes, bool masked, bool joined)
      : rest_(std::move(bytes)), masked_(masked), joined_(joined) {}

  std::string read() {
    if (rest_.compare(0, 4, "GET ") == 0 || rest_.compare(0, 5, "HTTP/") == 0) read_head();
    while (read_frame()) {
    }
    EXPECT_TRUE(rest_.empty()) << "half a frame is left: " << printed(rest_);
    return out_;
  }

 private:
  void read_head() {
    const size_t end = rest_.find("\r\n\r\n");
    if (end == std::string::npos) return;
    out_ = rest_.substr(0, end + 4);
    rest_.erase(0, end + 4);
    const std::string name = "Sec-WebSocket-Key: ";
    const size_t key = out_.find(name);
    if (key != std::string::npos) out_.replace(key + name.size(), 24, "<key>");
  }

  uint64_t at(size_t i) const { return static_cast<uint8_t>(rest_[i]); }

  bool read_frame() {
    if (rest_.size() < 2) return false;
    uint64_t size = at(1) & 0x7F;
    const size_t extra = size == 126 ? 2 : (size == 127 ? 8 : 0);
    if (extra != 0) size = 0;
    size_t header = 2 + extra;
    if (rest_.size() < header) return false;
    for (size_t i = 0; i < extra; ++i) size = size << 8 | at(2 + i);
    EXPECT_EQ((at(1) & 0x80) != 0, masked_) << "RFC 6455, 5.1";
    EXPECT_TRUE(extra == 0 || size > (extra == 2 ? 125u : 65535u)) << "RFC 6455, 5.2: the shortest form";
    std::string key(4, '\0');
    if (masked_) {
      key = rest_.substr(header, 4);
      header += 4;
    }
    if (rest_.size() < header || rest_.size() - header < size) return false;
    std::string payload = rest_.substr(header, static_cast<size_t>(size));
    for (size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(payload[i] ^ key[i % 4]);
    put(static_cast<uint8_t>(at(0)), payload);
    rest_.erase(0, header + static_cast<size_t>(size));
    return true;
  }

  void put(uint8_t first, const std::string& payload) {
    const bool control = (first & 8) != 0;
    if (!joined_ || control) {
      out_ += frame(first, payload);
      return;
    }
    if ((first & 15) != 0) opcode_ = first & 15;
    message_ += payload;
    if ((first & 0x80) == 0) return;
    out_ += frame(static_cast<uint8_t>(0x80 | opcode_), message_);
    message_.clear();
  }

  static std::string frame(uint8_t first, const std::string& payload) {
    const char digits[] = "0123456789ABCDEF";
    const std::string head{digits[first >> 4], digits[first & 15]};
    return expand("{" + head + printed(payload) + "}", Values());
  }

  std::string rest_;
  std::string out_;
  std::string message_;
  bool masked_;
  bool joined_;
  int opcode_ = 0;
};

std::vector<std::string> words_of(const std::string& text, char separator = ',') {
  std::vector<std::string> words;
  std::istringstream stream(text);
  std::string word;
  while (std::getline(stream, word, separator)) words.push_back(word);
  return words;
}

template <uint32_t kBytes>
class Replay : private Bench<2, 6, kBytes> {
 public:
  explicit Replay(const Vector& vector) : vector_(vector) { set_options(); }

  Result run(const Delivery& delivery) {
    this->app = [this](const Event& event) { hear(event); };
    if (!connect()) return {};
    Values values;
    values.peer_masks = vector_.server;
    values.accept = accept_;
    deliver(expand(vector_.in, values), delivery);
    Result result;
    result.events = events_;
    result.out = OutputReader(before_ + peer_->received(), !vector_.server, vector_.joined).read();
    result.tcp_ended = peer_->closed() || peer_->was_reset();
    tear_down();
    return result;
  }

 private:
  void set_options() {
    for (const auto& [key, value] : vector_.options) {
      set_option(&this->server_options, key, value);
      set_option(&this->client_options, key, value);
      if (key == "on_request") this->server_options.on_request = &keep_request_fields;
      if (key == "url") this->client_options.url = {value.data(), value.size()};
      if (key == "origin") this->client_options.origin = {value.data(), value.size()};
      if (key == "headers") {
        headers_ = expand(value, Values());
        this->client_options.headers = {headers_.data(), headers_.size()};
      }
      if (key == "origins") list(value, &origins_, &this->server_options.origins, &this->server_options.origin_count);
    }
  }

  void set_option(ConnectionOptions* options, const std::string& key, const std::string& value) {
    const auto number = [&] { return static_cast<uint32_t>(std::stoul(value)); };
    if (key == "max_message") options->max_message_bytes = std::stoull(value);
    if (key == "max_head") options->max_head_bytes = number();
    if (key == "max_frame") options->max_frame_bytes = number();
    if (key == "assemble") assembles_ = true;
    if (key == "long" && value == "refuse") options->long_messages = LongMessages::kRefuse;
    if (key == "long" && value == "skip") options->long_messages = LongMessages::kSkip;
    if (key == "protocols") list(value, &protocols_, &options->protocols, &options->protocol_count);
  }

  struct List {
    std::vector<std::string> strings;
    std::vector<Text> texts;
  };
  static void list(const std::string& value, List* list, const Text** first, size_t* count) {
    list->strings = words_of(value);
    list->texts.clear();
    for (const std::string& each : list->strings) list->texts.emplace_back(each.data(), each.size());
    *first = list->texts.data();
    *count = list->texts.size();
  }

  bool connect() {
    if (vector_.server) {
      this->listen();
      peer_ = &this->pipe.dial(80);
      if (vector_.starts_open) peer_->send(request());
    } else {
      EXPECT_EQ(this->client.connect(this->client_options), Status::kOk);
    }
    this->settle();
    if (!vector_.server) {
      if (this->pipe.answered_count() == 0) return false;
      peer_ = &this->pipe.answered(0);
      const std::string answer = response_to(peer_->received());
      accept_ = answer.substr(answer.find("Accept: ") + 8, 28);
      if (vector_.starts_open) peer_->send(answer);
      this->settle();
    }
    if (!vector_.starts_open) return true;
    if (events_.empty() || events_[0] != "open") {
      ADD_FAILURE() << "the opening handshake failed";
      return false;
    }
    events_.erase(events_.begin());
    const std::string received = peer_->take();
    const size_t end = received.find("\r\n\r\n");  // what on-open actions have sent stays part of the output
    before_ = received.substr(end == std::string::npos ? received.size() : end + 4);
    return true;
  }

  void deliver(const std::string& bytes, const Delivery& delivery) {
    if (delivery.drips) {
      peer_->drip(1);
      peer_->send(bytes);
    } else {
      peer_->send(bytes.substr(0, delivery.cut));
      this->settle();
      if (delivery.cut < bytes.size()) peer_->send(bytes.substr(delivery.cut));
    }
    settle_dripping();
    if (vector_.ends_with_fin) peer_->close();
    this->settle();
  }

  void settle_dripping() {
    this->settle();
    for (int i = 0; i < 300000 && peer_->unsent() != 0 && !peer_->gone(); ++i) this->turn();
    this->settle();
  }

  void tear_down() {
    peer_->reset();
    this->settle();
    this->expect_baseline(vector_.place());
  }

  // ---- events ----

  void hear(const Event& event) {
    switch (event.type) {
      case Event::kNone:
        return;
      case Event::kRequest: {
        Request request;
        EXPECT_TRUE(event.socket.request(&request));
        events_.push_back("request " + text(request.target));
        break;
      }
      case Event::kOpen:
        events_.push_back("open" + (event.socket.protocol().empty() ? "" : " " + text(event.socket.protocol())));
        break;
      case Event::kMessage:
        hear_piece(event);
        break;
      case Event::kSkipped:
        events_.push_back("skipped " + std::to_string(event.skipped_bytes));
        break;
      case Event::kWritable:
      case Event::kBody:
        return;
      case Event::kError:
        EXPECT_EQ(error_, "") << "a second error";
        error_ = cause(event.close.cause);
        return;
      case Event::kClose:
        hear_close(event.close);
        break;
    }
    act(event);
  }

  void hear_piece(const Event& event) {
    Message message = event.message;
    if (assembles_ && assembler_.add(event.message, &message) != Status::kOk) return;
    EXPECT_EQ(message.offset, message_.size()) << "a piece is missing";
    EXPECT_EQ(message.first, message_.empty());
    message_.append(reinterpret_cast<const char*>(message.data.data), message.data.size);
    if (!message.last) return;
    last_message_ = message_;
    events_.push_back((message.type == MessageType::kText ? "text " : "binary ") + printed(message_));
    message_.clear();
  }

  void hear_close(const Close& close) {
    const std::string code = "close " + std::to_string(close.code);
    if (close.was_clean) {
      events_.push_back(code + " clean " + printed(std::string(close.reason.data, close.reason.size)));
      EXPECT_EQ(error_, "");
    } else {
      events_.push_back(code + " " + cause(close.cause));
      EXPECT_EQ(error_, close.cause.who == Cause::kApplication ? "" : cause(close.cause))
          << "kError comes before kClose";
    }
  }

  static std::string text(Text text) { return {text.data, text.size}; }
  static std::string cause(const Cause& cause) {
    return std::string(where_name(cause.where)) + " " + std::to_string(cause.code);
  }

  // ---- what the application does ----

  void act(const Event& event) {
    const char* const names[] = {"", "request", "open", "message", "skipped", "", "", "close"};
    for (const std::string& action : vector_.actions) {
      std::istringstream words(action);
      std::string when;
      std::string what;
      std::string rest;
      words >> when >> what;
      std::getline(words, rest);
      if (when == names[event.type]) act(event, what, rest);
    }
  }

  void act(const Event& event, const std::string& what, const std::string& rest) {
    const WebSocket socket = event.socket;
    std::istringstream words(rest);
    if (what == "echo") {
      if (socket.send(event.message) != Status::kWouldBlock) return;
      socket.hold();  // it comes again
      if (event.message.last) {
        message_ = last_message_;
        events_.pop_back();
      }
      message_.resize(static_cast<size_t>(event.message.offset));
    } else if (what == "text" || what == "binary") {
      const std::string payload = expand(rest, Values());
      const MessageType type = what == "text" ? MessageType::kText : MessageType::kBinary;
      events_.push_back(status_name(socket.send(bytes_of(payload), type)));
    } else if (what == "ping") {
      events_.push_back(status_name(socket.ping(bytes_of(expand(rest, Values())))));
    } else if (what == "close") {
      uint32_t code = 0;
      std::string reason;
      words >> code;
      std::getline(words, reason);
      reason = expand(reason, Values());
      events_.push_back(status_name(socket.close(static_cast<uint16_t>(code), {reason.data(), reason.size()})));
    } else if (what == "reject") {
      uint32_t status = 0;
      words >> status;
      events_.push_back(status_name(socket.reject(static_cast<uint16_t>(status))));
    } else if (what == "accept") {
      std::string protocol;
      words >> protocol;
      events_.push_back(status_name(socket.accept({protocol.data(), protocol.size()})));
    } else {
      ADD_FAILURE() << "unknown action " << what;
    }
    // A call that went well is no news.
    if (!events_.empty() && events_.back().empty()) events_.pop_back();
  }

  static std::string status_name(Status status) {
    const char* const names[] = {"", "would block", "closed", "failed", "too large", "not open", "invalid"};
    return names[static_cast<int>(status)];
  }

  const Vector& vector_;
  List protocols_;
  List origins_;
  std::string headers_;
  TestPeer* peer_ = nullptr;
  std::string accept_;
  std::string before_;
  std::vector<std::string> events_;
  bool assembles_ = false;
  uint8_t memory_[1000];
  MessageAssembler assembler_{{memory_, sizeof memory_}};
  std::string message_;       // pieces of one that has not ended
  std::string last_message_;  // that has
  std::string error_;
};

Result replay(const Vector& vector, const Delivery& delivery) {
  if (vector.buffer_bytes == 256) return std::make_unique<Replay<256>>(vector)->run(delivery);
  if (vector.buffer_bytes == 512) return std::make_unique<Replay<512>>(vector)->run(delivery);
  if (vector.buffer_bytes == 70000) return std::make_unique<Replay<70000>>(vector)->run(delivery);
  ADD_FAILURE() << "no such buffer: " << vector.buffer_bytes;
  return {};
}

// ---- what is expected ----

bool expects_end(const Vector& vector) {
  if (!vector.tcp.empty()) return vector.tcp == "ended";
  // A server ends TCP first; a client waits for it after a clean close (RFC 6455, 7.1.1).
  for (const std::string& event : vector.events) {
    if (event.compare(0, 6, "close ") == 0) return vector.server || event.find(" clean ") == std::string::npos;
  }
  return vector.out.find("HTTP/1.1 4") != std::string::npos || vector.out.find("HTTP/1.1 5") != std::string::npos;
}

std::vector<std::string> expected_events(const Vector& vector) {
  std::vector<std::string> events = vector.events;
  for (std::string& event : events) {  // the payload in whatever notation
    const size_t space = event.find(' ');
    const std::string word = event.substr(0, space);
    if (word == "text" || word == "binary") event = word + " " + printed(expand(event.substr(space + 1), Values()));
    const size_t clean = event.find(" clean ");
    if (word == "close" && clean != std::string::npos) {
      event = event.substr(0, clean + 7) + printed(expand(event.substr(clean + 7), Values()));
    }
  }
  return events;
}

class VectorTest : public testing::TestWithParam<Vector> {
 protected:
  VectorTest() : events_(expected_events(GetParam())), out_(expand(GetParam().out, Values())) {}

  void expect(const Delivery& delivery, const std::string& how) {
    const Vector& vector = GetParam();
    const Result result = replay(vector, delivery);
    EXPECT_TRUE(result.events == events_) << how << join(result.events) << "\n  instead of" << join(events_);
    EXPECT_TRUE(result.out == out_) << how << " " << printed(result.out) << "\n  instead of " << printed(out_);
    EXPECT_EQ(result.tcp_ended, expects_end(vector)) << how;
  }

 private:
  std::vector<std::string> events_;
  std::string out_;
};

TEST_P(VectorTest, Whole) { expect({}, "whole"); }

TEST_P(VectorTest, ByteByByte) { expect({SIZE_MAX, true}, "byte by byte"); }

TEST_P(VectorTest, CutAtEveryPosition) {
  Values values;
  values.accept = std::string(28, 'x');
  values.peer_masks = GetParam().server;
  const size_t size = expand(GetParam().in, values).size();
  const size_t edge = size < 4096 ? 300 : 30;  // the middle of a long input is all alike
  for (size_t cut = 0; cut <= size && !HasFailure(); ++cut) {
    if (cut > edge && cut + edge < size && cut % 4999 != 0) continue;
    expect({cut, false}, "cut at " + std::to_string(cut));
  }
}

std::string test_name(const testing::TestParamInfo<Vector>& info) {
  std::string name = info.param.file.substr(0, info.param.file.rfind('.')) + "_" + info.param.name;
  for (char& c : name) c = isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name + (info.param.server ? "_server" : "_client") + std::to_string(info.index);
}

INSTANTIATE_TEST_SUITE_P(Vectors, VectorTest, testing::ValuesIn(all_vectors()), test_name);

TEST(Vectors, ThereAreMany) {
  EXPECT_GE(all_vectors().size(), 150u);
  std::set<std::string> names;
  for (const Vector& each : all_vectors()) {
    EXPECT_TRUE(names.insert(each.file + each.name + (each.server ? "s" : "c")).second) << each.place() << ": twice";
  }
}

// ---- rules ----

// The names of rules in the vectors, and in the comments of the unit tests.
std::set<std::string> covered_rules() {
  std::set<std::string> ids;
  for (const Vector& each : all_vectors()) ids.insert(each.covers.begin(), each.covers.end());
  const std::regex id("\\b(WS|H1|HS)-[0-9]{3}\\b");
  for (const auto& entry : fs::recursive_directory_iterator(tests_folder() / "unit")) {
    const std::string file = entry.path().filename().string();
    if (file.size() < 9 || file.compare(file.size() - 9, 9, "_test.cpp") != 0) continue;
    std::ifstream stream(entry.path());
    std::string line;
    while (std::getline(stream, line)) {
      if (line.compare(0, 2, "//") != 0 && line.find(" // ") == std::string::npos) continue;
      for (std::sregex_iterator it(line.begin(), line.end(), id), end; it != end; ++it) ids.insert(it->str());
    }
  }
  return ids;
}

struct Rules {
  std::map<std::string, std::string> tested;   // id: what it asks
  std::map<std::string, std::string> excused;  // id: why nothing here tests it
};

Rules read_rules() {
  Rules rules;
  std::ifstream file(tests_folder() / "unit" / "vectors" / "rules.txt");
  std::string line;
  while (std::getline(file, line)) {
    if (line.empty() || line[0] == '#') continue;
    const size_t colon = line.find(':');
    const size_t reason = line.find(" -- ");
    const std::string id = line.substr(0, colon);
    EXPECT_TRUE(colon == 6 && line.size() > 10) << line;
    EXPECT_EQ(rules.tested.count(id) + rules.excused.count(id), 0u) << id << " twice";
    (reason == std::string::npos ? rules.tested : rules.excused)[id] = line;
  }
  return rules;
}

TEST(Rules, EveryRuleHasATest) {
  const Rules rules = read_rules();
  const std::set<std::string> covered = covered_rules();
  EXPECT_GE(rules.tested.size(), 100u);
  for (const auto& [id, line] : rules.tested) EXPECT_EQ(covered.count(id), 1u) << "no vector and no test: " << line;
}

TEST(Rules, NoRuleIsExcusedThatHasATest) {
  const std::set<std::string> covered = covered_rules();
  for (const auto& [id, line] : read_rules().excused) EXPECT_EQ(covered.count(id), 0u) << line;
}

TEST(Rules, NoTestNamesARuleThatIsNotThere) {
  const Rules rules = read_rules();
  for (const std::string& id : covered_rules()) {
    const bool of_6455 = id.compare(0, 2, "WS") == 0;  // H1, HS: RFC 9112 and 9110
    EXPECT_TRUE(!of_6455 || rules.tested.count(id) == 1) << id;
  }
}

}  // namespace
}  // namespace whit::vectors
