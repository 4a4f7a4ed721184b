// SPDX-License-Identifier: MIT
#include "altcp_stream.h"

#include "altcp_functions.h"
#include "lwip/tcp.h"

namespace whit {

altcp_pcb* AltcpStream::allocate(void* stream, u8_t) {
  AltcpStream& self = *static_cast<AltcpStream*>(stream);
  if (self.state_ != State::kFree) return nullptr;
  self.pcb_ = {};
  self.pcb_.fns = &AltcpFunctions::kTable;
  self.pcb_.state = &self;
  self.state_ = State::kAllocated;
  return &self.pcb_;
}

// Open, and no altcp_pcb had it yet.
bool AltcpStream::is_fresh() const {
  return stream_.socket() != used_ && stream_.socket().ready_state() == ReadyState::kOpen;
}

bool AltcpStream::is_sent() const { return stream_.unflushed() == 0 && used_.buffered_amount() == 0; }

void AltcpStream::set_free() {
  if (refused_ != nullptr) pbuf_free(refused_);
  refused_ = nullptr;
  state_ = State::kFree;
  unreported_ = 0;
  retry_ = end_due_ = false;
}

// As with TCP, the altcp_pcb is gone when its error function is called.
void AltcpStream::give_up(err_t error) {
  set_free();
  if (pcb_.err != nullptr) pcb_.err(pcb_.arg, error);
}

void AltcpStream::on_event(const Event& event) {
  if (event.socket != client_.socket()) return;
  if (event.type == Event::kOpen) stream_.open(event.socket);
  stream_.on_event(event);
  if (event.type == Event::kMessage) deliver();
  if (event.type == Event::kWritable) work_due_ = true;
  if (event.type == Event::kClose) on_close(event);
}

void AltcpStream::on_close(const Event& event) {
  leave_ = Leave::kNo;
  const bool ours = event.socket == used_;
  if (state_ == State::kWaiting && !ours) return give_up(ERR_ABRT);  // never open, or over too soon
  if (state_ != State::kConnected || !ours) return;
  end_due_ = true;
  deliver();
  size_t none;
  const bool failed = !event.close.was_clean || stream_.read({}, &none) == Status::kFailed;
  if (end_due_ && failed) give_up(event.close.cause.where == Cause::kTransport ? ERR_RST : ERR_ABRT);
}

void AltcpStream::poll(uint32_t now_ms) {
  now_ms_ = now_ms;
  work_due_ = false;
  stream_.poll();
  connect_pending();
  report_sent();
  run_poll_function();
  if (retry_ && now_ms - retry_ms_ >= kRetryMs) retry_ = false;
  if (!retry_) deliver();
  if (output_due_) {
    output_due_ = false;
    (void)stream_.flush();  // without room it leaves by itself
  }
  leave_pending();
}

void AltcpStream::connect_pending() {
  if (state_ != State::kWaiting || !is_fresh()) return;
  used_ = stream_.socket();
  state_ = State::kConnected;
  window_ = TCP_WND;
  polled_ms_ = now_ms_;
  output_due_ = false;
  if (pcb_.connected != nullptr) (void)pcb_.connected(pcb_.arg, &pcb_, ERR_OK);
}

void AltcpStream::report_sent() {
  if (unreported_ == 0 || !is_sent()) return;
  uint32_t left = unreported_;
  unreported_ = 0;
  while (left != 0 && state_ == State::kConnected) {
    const uint16_t part = left < 0xFFFF ? static_cast<uint16_t>(left) : uint16_t{0xFFFF};
    left -= part;
    if (pcb_.sent != nullptr) (void)pcb_.sent(pcb_.arg, &pcb_, part);
  }
}

void AltcpStream::run_poll_function() {
  if (state_ != State::kConnected || pcb_.poll == nullptr || pcb_.pollinterval == 0) return;
  if (now_ms_ - polled_ms_ < pcb_.pollinterval * kPollUnitMs) return;
  polled_ms_ = now_ms_;
  (void)pcb_.poll(pcb_.arg, &pcb_);
}

void AltcpStream::deliver() {
  while (state_ == State::kConnected && !retry_ && deliver_part()) {
  }
  if (state_ == State::kConnected && end_due_) tell_end();
}

// One chain of packets. False: nothing more can be given to the application now.
bool AltcpStream::deliver_part() {
  pbuf* part = refused_;
  refused_ = nullptr;
  if (part == nullptr) {
    const size_t size = stream_.readable() < window_ ? stream_.readable() : window_;
    if (size == 0) return false;
    part = pbuf_alloc(PBUF_RAW, static_cast<u16_t>(size), PBUF_POOL);
    retry_ = part == nullptr;
    retry_ms_ = now_ms_;
    if (retry_) return false;
    for (pbuf* each = part; each != nullptr; each = each->next) {
      size_t taken;
      (void)stream_.read({static_cast<uint8_t*>(each->payload), each->len}, &taken);
    }
    window_ = static_cast<uint16_t>(window_ - size);
  }
  if (pcb_.recv == nullptr) {  // as lwIP does for TCP
    window_ = static_cast<uint16_t>(window_ + part->tot_len);
    pbuf_free(part);
    return true;
  }
  const err_t error = pcb_.recv(pcb_.arg, &pcb_, part, ERR_OK);
  if (error == ERR_OK || error == ERR_ABRT) return true;
  if (state_ != State::kConnected) {
    pbuf_free(part);
    return false;
  }
  refused_ = part;
  retry_ = true;
  retry_ms_ = now_ms_;
  return false;
}

// After the last byte. The application closes the altcp_pcb, as with TCP.
void AltcpStream::tell_end() {
  size_t none;
  if (refused_ != nullptr || stream_.read({}, &none) != Status::kClosed) return;
  end_due_ = false;
  state_ = State::kEnded;
  if (pcb_.recv == nullptr) return set_free();
  (void)pcb_.recv(pcb_.arg, &pcb_, nullptr, ERR_OK);
}

void AltcpStream::leave_pending() {
  if (leave_ == Leave::kNo) return;
  if (leave_ == Leave::kAtOnce) {
    used_.abort();
  } else {
    if (stream_.flush() == Status::kWouldBlock) return;
    (void)used_.close();
  }
  leave_ = Leave::kNo;
}

uint32_t AltcpStream::wait_ms(uint32_t loop_wait_ms, uint32_t now_ms) const {
  if (work_due_ || (state_ == State::kWaiting && is_fresh())) return 0;
  if (state_ != State::kConnected) return loop_wait_ms;
  if (unreported_ != 0 && is_sent()) return 0;
  uint32_t wait_ms = stream_.wait_ms(loop_wait_ms);
  const auto limit = [&](uint32_t since_ms, uint32_t time_ms) {
    const uint32_t passed_ms = now_ms - since_ms;
    const uint32_t left_ms = passed_ms < time_ms ? time_ms - passed_ms : 0;
    if (left_ms < wait_ms) wait_ms = left_ms;
  };
  if (retry_) limit(retry_ms_, kRetryMs);
  if (pcb_.poll != nullptr && pcb_.pollinterval != 0) limit(polled_ms_, pcb_.pollinterval * kPollUnitMs);
  return wait_ms;
}

}  // namespace whit
