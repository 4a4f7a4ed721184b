// SPDX-License-Identifier: MIT
#include "bench.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "json.h"

namespace whitcat {

using whit::Event;
using whit::MessageType;
using whit::Status;

namespace {

constexpr uint64_t kDefaultCount = 10000;
constexpr uint64_t kDefaultSize = 64;
constexpr uint64_t kProgressNs = 200000000;

uint64_t now_ns() {
  struct timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000 + static_cast<uint64_t>(now.tv_nsec);
}

double per_second(uint64_t count, uint64_t ns) {
  return ns == 0 ? 0 : static_cast<double>(count) * 1e9 / static_cast<double>(ns);
}

double microseconds(uint64_t ns) { return static_cast<double>(ns) / 1000; }

}  // namespace

Bench::Bench(const Options& options, Engine* engine, Console* console)
    : options_(options),
      engine_(*engine),
      console_(*console),
      request_(options),
      client_(engine->loop()),
      count_(options.count != 0 ? options.count : kDefaultCount),
      progress_(isatty(STDERR_FILENO) == 1) {
  payload_.resize(static_cast<size_t>(options.size != 0 ? options.size : kDefaultSize));
  for (size_t i = 0; i < payload_.size(); ++i) payload_[i] = static_cast<char>('a' + i % 26);
  times_ns_.reserve(static_cast<size_t>(count_));
}

Exit Bench::run() {
  if (client_.connect(request_.options()) != Status::kOk) give_up(Exit::kUsage, "the request is not valid");
  while (!ended_ || !client_.is_over()) {
    const uint32_t wait_ms = std::min(engine_.loop().wait_ms(), progress_ ? 200u : UINT32_MAX);
    engine_.wait(wait_ms, false, false);
    if (engine_.signals() != 0 && exit_ == Exit::kClean) {
      exit_ = engine_.signal_exit();
      client_.socket().abort();
    }
    while (const Event event = engine_.loop().poll(engine_.now_ms())) on_event(event);
    if (begin_ns_ != 0 && !ended_) show_progress();
  }
  if (progress_ && shown_ns_ != 0) fputs("\r\x1b[K", stderr);
  if (!times_ns_.empty()) report();
  return exit_;
}

void Bench::on_event(const Event& event) {
  if (event.type == Event::kOpen) begin_ns_ = now_ns();
  if (event.type == Event::kOpen || event.type == Event::kWritable) send_more(event.socket);
  if (event.type == Event::kMessage) on_message(event.socket, event.message);
  if (event.type != Event::kClose) return;
  ended_ = true;
  if (end_ns_ == 0) end_ns_ = now_ns();
  if (exit_ != Exit::kClean || times_ns_.size() == count_) return;
  exit_ = exit_code(event.close);
  if (exit_ == Exit::kClean) exit_ = Exit::kLost;  // in order, but too early
  console_.say(engine_.describe(event.close));
}

void Bench::send_more(const whit::WebSocket& socket) {
  while (sent_ < count_ && (offset_ != 0 || begins_ns_.size() < options_.window)) {
    const size_t left = payload_.size() - static_cast<size_t>(offset_);
    const size_t size = std::min(left, socket.max_send());
    whit::Message piece;
    piece.data = {reinterpret_cast<const uint8_t*>(payload_.data()) + offset_, size};
    piece.type = options_.binary ? MessageType::kBinary : MessageType::kText;
    piece.first = offset_ == 0;
    piece.last = size == left;
    const uint64_t begin_ns = now_ns();
    if (socket.send(piece) != Status::kOk) return;  // kWritable follows
    if (piece.first) begins_ns_.push_back(begin_ns);
    offset_ = piece.last ? 0 : offset_ + size;
    sent_ += piece.last ? 1 : 0;
  }
}

void Bench::on_message(const whit::WebSocket& socket, const whit::Message& piece) {
  const bool fits = piece.offset + piece.data.size <= payload_.size();
  if (begins_ns_.empty() || !fits || memcmp(payload_.data() + piece.offset, piece.data.data, piece.data.size) != 0 ||
      (piece.last && piece.offset + piece.data.size != payload_.size())) {
    return fail(socket, "this server does not echo: an answer differs from what was sent");
  }
  if (!piece.last) return;
  times_ns_.push_back(now_ns() - begins_ns_.front());
  begins_ns_.pop_front();
  if (times_ns_.size() < count_) return send_more(socket);
  end_ns_ = now_ns();
  (void)socket.close(options_.close_code);
}

void Bench::fail(const whit::WebSocket& socket, const char* why) {
  console_.say(why);
  exit_ = Exit::kLost;
  (void)socket.close(whit::close_code::kPolicyViolation);
}

void Bench::show_progress() {
  const uint64_t now = now_ns();
  if (!progress_ || now - shown_ns_ < kProgressNs) return;
  shown_ns_ = now;
  fprintf(stderr, "\r%zu of %llu messages, %.0f per second\x1b[K", times_ns_.size(),
          static_cast<unsigned long long>(count_), per_second(times_ns_.size(), now - begin_ns_));
}

uint64_t Bench::percentile(double part) const {
  const auto position = static_cast<size_t>(part * static_cast<double>(times_ns_.size()));
  return times_ns_[std::min(position, times_ns_.size() - 1)];
}

void Bench::report() {
  std::sort(times_ns_.begin(), times_ns_.end());
  const uint64_t count = times_ns_.size();
  const double rate = per_second(count, end_ns_ - begin_ns_);
  const double megabytes = rate * static_cast<double>(payload_.size()) / 1e6;
  constexpr struct {
    const char* name;
    const char* json;
    double part;
  } kParts[] = {
      {"half", "p50_us", 0.5}, {"90 %", "p90_us", 0.9}, {"99 %", "p99_us", 0.99}, {"99.9 %", "p999_us", 0.999}};
  if (options_.json) {
    JsonLine line("bench");
    line.number("messages", count).number("bytes", payload_.size()).number("window", options_.window);
    line.decimal("seconds", static_cast<double>(end_ns_ - begin_ns_) / 1e9).decimal("per_second", rate);
    for (const auto& each : kParts) line.decimal(each.json, microseconds(percentile(each.part)));
    line.decimal("max_us", microseconds(times_ns_.back()));
    return console_.put(line.end());
  }
  char text[200];
  snprintf(text, sizeof text,
           "%llu echoes of %zu bytes, %u on their way at once: %.0f per second, %.1f MB/s each way\n",
           static_cast<unsigned long long>(count), payload_.size(), options_.window, rate, megabytes);
  console_.put(text);
  for (const auto& each : kParts) {
    snprintf(text, sizeof text, "%7s took at most %10.1f us\n", each.name, microseconds(percentile(each.part)));
    console_.put(text);
  }
  snprintf(text, sizeof text, "%7s took at most %10.1f us\n", "all", microseconds(times_ns_.back()));
  console_.put(text);
}

}  // namespace whitcat
