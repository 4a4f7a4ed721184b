// SPDX-License-Identifier: MIT
#include "whit/reconnect.h"

#include "whit/http_date.h"
#include "whit/url_reference.h"

namespace whit {

namespace {

constexpr uint32_t kSlotRetryMs = 100;  // slots of connections that linger become free without an event

uint32_t bounded(uint64_t ms) {
  return ms < Reconnect::kLongestWaitMs ? static_cast<uint32_t>(ms) : Reconnect::kLongestWaitMs;
}

// A Retry-After that is a number of seconds.
bool read_seconds(Text value, uint32_t* ms) {
  uint64_t seconds = 0;
  for (size_t i = 0; i < value.size; ++i) {
    if (value[i] < '0' || value[i] > '9') return false;
    seconds = bounded(seconds * 10 + static_cast<uint32_t>(value[i] - '0'));
  }
  *ms = bounded(seconds * 1000);
  return !value.empty();
}

}  // namespace

const ReconnectRule kReconnectRules[] = {
    {Cause::kHandshake, 401, 401, AfterEnd::kStop}, {Cause::kHandshake, 403, 404, AfterEnd::kStop},
    {Cause::kHandshake, 410, 410, AfterEnd::kStop}, {Cause::kClosing, 4401, 4401, AfterEnd::kStop},
    {Cause::kClosing, 4403, 4404, AfterEnd::kStop}, {Cause::kClosing, 1012, 1012, AfterEnd::kAtOnce},
};
const size_t kReconnectRuleCount = sizeof kReconnectRules / sizeof kReconnectRules[0];

Status Reconnect::start(uint32_t now_ms) {
  if (state_ != State::kStopped) return Status::kInUse;
  now_ms_ = now_ms;
  url_ = 0;
  waits_ = 0;
  // A connection that stop() has closed may not be over yet: the attempt begins when it is.
  if (attempt() || status_ == Status::kInUse || status_ == Status::kNoSlot) return Status::kOk;
  state_ = State::kStopped;
  return status_;
}

void Reconnect::stop(uint16_t code) {
  state_ = State::kStopped;
  (void)socket().close(code);  // kNotOpen: there is none, or it is closing already
}

void Reconnect::disconnect(uint16_t code) { (void)socket().close(code); }

void Reconnect::reconnect() {
  waits_ = 0;
  set_due(0);
  at_once_ = socket().ready_state() != ReadyState::kClosed;
  state_ = at_once_ ? State::kConnecting : State::kWaiting;  // the attempt follows the kClose event
  socket().abort();
}

void Reconnect::poll(uint32_t now_ms) {
  now_ms_ = now_ms;
  if (state_ == State::kWaiting && static_cast<int32_t>(now_ms - due_ms_) >= 0) (void)attempt();
}

// False: it could not begin, and status_ says why; then the next one has its time, unless start() stops.
bool Reconnect::attempt() {
  if (url_count != 0) options_.url = urls[url_];
  opened_ = at_once_ = false;
  retry_after_ms_ = 0;
  retry_at_s_ = date_s_ = 0;
  status_ = client_.connect(options_);
  state_ = status_ == Status::kOk ? State::kConnecting : State::kWaiting;
  if (status_ == Status::kOk) return true;
  if (status_ == Status::kInUse || status_ == Status::kNoSlot) {
    set_due(kSlotRetryMs);
  } else {
    begin_wait(false);
  }
  return false;
}

void Reconnect::on_event(const Event& event) {
  if (!(event.socket == socket()) || state_ == State::kStopped) return;
  if (state_ == State::kWaiting) {  // a connection that was stopped, and the attempt waits for its slot
    if (event.type == Event::kClose) set_due(0);
    return;
  }
  if (event.type == Event::kOpen) {
    state_ = State::kOpen;
    opened_ = true;
    opened_ms_ = now_ms_;
    failed_urls_ = 0;
  }
  if (event.type != Event::kClose) return;
  if (opened_ && now_ms_ - opened_ms_ >= times.reset_after_ms) waits_ = 0;
  const AfterEnd action = rule_for(event.close);
  if (at_once_) {
    state_ = State::kWaiting;
    return set_due(0);
  }
  if (action == AfterEnd::kStop) {
    state_ = State::kStopped;
  } else {
    begin_wait(action == AfterEnd::kAtOnce);
  }
}

AfterEnd Reconnect::rule_for(const Close& close) const {
  const Cause& cause = close.cause;
  for (size_t i = 0; i < rule_count && cause.who == Cause::kPeer; ++i) {
    const ReconnectRule& rule = rules[i];
    if (rule.where == cause.where && cause.code >= rule.first && cause.code <= rule.last) return rule.action;
  }
  return AfterEnd::kWait;
}

void Reconnect::begin_wait(bool at_once) {
  state_ = State::kWaiting;
  if (url_count != 0 && !opened_) {
    url_ = (url_ + 1) % url_count;
    if (++failed_urls_ < url_count) return set_due(retry_after_ms_);
  }
  failed_urls_ = 0;
  if (waits_ == 0) {
    backoff_ms_ = bounded(uint64_t{times.min_wait_ms} + random_part());
  } else if (waits_ <= times.max_doublings) {
    backoff_ms_ = bounded(uint64_t{backoff_ms_} * 2 + random_part());
  }
  const bool first = waits_ == 0;
  if (waits_ != UINT32_MAX) ++waits_;
  const uint32_t wait_ms = at_once && first ? 0 : backoff_ms_;
  set_due(wait_ms > retry_after_ms_ ? wait_ms : retry_after_ms_);
}

// 0 to random_range_ms, each as likely as the others.
uint32_t Reconnect::random_part() {
  uint8_t bytes[4] = {};
  if (network_.random({bytes, sizeof bytes}) != Status::kOk) return 0;
  const uint32_t value =
      uint32_t{bytes[0]} | uint32_t{bytes[1]} << 8 | uint32_t{bytes[2]} << 16 | uint32_t{bytes[3]} << 24;
  return static_cast<uint32_t>(value * (uint64_t{times.random_range_ms} + 1) >> 32);
}

void Reconnect::set_due(uint32_t wait_ms) { due_ms_ = now_ms_ + wait_ms; }

uint32_t Reconnect::wait_ms(uint32_t loop_wait_ms) const {
  if (state_ != State::kWaiting) return loop_wait_ms;
  const int32_t left_ms = static_cast<int32_t>(due_ms_ - now_ms_);
  if (left_ms <= 0) return 0;
  return static_cast<uint32_t>(left_ms) < loop_wait_ms ? static_cast<uint32_t>(left_ms) : loop_wait_ms;
}

void Reconnect::on_response_field(WebSocket socket_of_field, Text name, Text value) {
  if (!(socket_of_field == socket())) return;
  if (same_but_for_case(name, "date")) {
    (void)parse_http_date(value, &date_s_);
  } else if (same_but_for_case(name, "retry-after") && !read_seconds(value, &retry_after_ms_)) {
    (void)parse_http_date(value, &retry_at_s_);
  }
  if (retry_at_s_ == 0 || date_s_ == 0) return;
  const int64_t left_s = retry_at_s_ - date_s_;
  retry_after_ms_ = left_s > 0 ? bounded(static_cast<uint64_t>(left_s) * 1000) : 0;
}

}  // namespace whit
