// SPDX-License-Identifier: MIT
#include "peer.h"

#include <algorithm>

namespace lwip_test {

namespace {
constexpr uint32_t kResendMs = 300;
}

void Peer::transmit(uint8_t flags, uint32_t number, const std::string& data) {
  if (silent) return;
  ++segments_sent;
  Segment segment;
  segment.ipv6 = ipv6_;
  segment.from = port_;
  segment.to = lwip_port_;
  segment.number = number;
  segment.acknowledged = expected_;
  segment.flags = flags;
  segment.window = window;
  segment.data = data;
  Wire::get().send(segment);
}

void Peer::connect() {
  syn_sent_ = true;
  transmit(kSyn, first_, "");
  next_ = first_ + 1;
  last_progress_ms_ = Wire::now_ms;
}

void Peer::send(const std::string& bytes) {
  out_ += bytes;
  move(Wire::now_ms);
}

void Peer::finish() {
  fin_wanted_ = true;
  move(Wire::now_ms);
}

void Peer::reset() {
  transmit(kRst | kAck, next_, "");
  open_ = false;
}

void Peer::acknowledge() { transmit(kAck, next_, ""); }

void Peer::move(uint32_t now_ms) {
  if (silent || got_rst) return;
  const bool waiting = next_ != first_;
  if (waiting && now_ms - last_progress_ms_ >= kResendMs) {
    ++resent;
    last_progress_ms_ = now_ms;
    if (!open_) {
      if (syn_sent_) transmit(kSyn, first_, "");
      return;
    }
    next_ = first_;
    fin_sent_ = false;
  }
  if (!open_) return;
  while (true) {
    const uint32_t in_flight = next_ - first_;
    if (fin_sent_ || in_flight >= out_.size()) break;
    size_t size = std::min(segment_bytes, out_.size() - in_flight);
    const size_t room = lwip_window > in_flight ? lwip_window - in_flight : 0;
    size = std::min(size, room);
    if (size == 0) break;
    if (in_flight == 0) last_progress_ms_ = now_ms;
    const bool last = fin_with_data && fin_wanted_ && in_flight + size == out_.size();
    transmit(last ? kAck | kPsh | kFin : kAck | kPsh, next_, out_.substr(in_flight, size));
    next_ += static_cast<uint32_t>(size);
    if (last) {
      fin_sent_ = true;
      ++next_;
      return;
    }
  }
  if (fin_wanted_ && !fin_sent_ && !fin_acknowledged_ && next_ - first_ == out_.size()) {
    if (next_ == first_) last_progress_ms_ = now_ms;
    fin_sent_ = true;
    transmit(kAck | kFin, next_++, "");
  }
}

bool Peer::take(const Segment& segment) {
  if (segment.to != port_ || segment.from != lwip_port_ || segment.ipv6 != ipv6_) return false;
  if (silent) return true;
  if ((segment.flags & kRst) != 0) {
    got_rst = true;
    open_ = false;
    return true;
  }
  if ((segment.flags & kSyn) != 0) {
    if (refuses_syn) {
      expected_ = segment.number + 1;
      transmit(kRst | kAck, 0, "");
      return true;
    }
    if (!syn_sent_ && !answers_syn) return true;
    const bool first_time = !open_;
    expected_ = segment.number + 1;
    lwip_window = segment.window;
    if (!syn_sent_ && first_time) {
      transmit(kSyn | kAck, first_, "");
      ++first_;
      next_ = first_;
      open_ = true;
      return true;
    }
    if (first_time) {
      ++first_;
      next_ = first_;
    }
    open_ = true;
    if (acknowledges) transmit(kAck, next_, "");
    return true;
  }
  take_acknowledgement(segment);
  take_data(segment);
  return true;
}

void Peer::take_acknowledgement(const Segment& segment) {
  lwip_window = segment.window;
  const uint32_t newly = segment.acknowledged - first_;
  if (newly == 0 || newly > out_.size() + 1) return;
  last_progress_ms_ = Wire::now_ms;
  const size_t bytes = std::min<size_t>(newly, out_.size());
  if (newly > bytes) fin_acknowledged_ = true;
  out_.erase(0, bytes);
  first_ = segment.acknowledged;
  if (static_cast<int32_t>(next_ - first_) < 0) next_ = first_;
}

void Peer::take_data(const Segment& segment) {
  if (segment.length() == 0) return;
  if (segment.number == expected_) {
    if (segment.data.size() > window) {
      rejected_bytes += static_cast<uint32_t>(segment.data.size());
    } else {
      received += segment.data;
      expected_ += segment.length();
      if ((segment.flags & kFin) != 0) got_fin = true;
    }
  }
  if (acknowledges) transmit(kAck, next_, "");
}

}  // namespace lwip_test
