// SPDX-License-Identifier: MIT
#include "template_network.h"

namespace whit {

// ---- one connection ----

Progress TemplateTransport::progress() {
  // While the connection is being established: {layer, kWouldBlock}; announce(index_) when it has got further.
  // Open: {Layer::kOpen, kOk}. Failed: {the layer in which, kFailed}, and error() says how.
  return {Layer::kConnect, Status::kFailed};
}

Transfer TemplateTransport::read(MutableBytes) {
  // {kOk, 1..n}, {kWouldBlock}, {kClosed} (the peer's end of the stream, again and again), {kFailed} (again and again).
  // Fewer bytes than asked for, or kWouldBlock, is a promise: announce(index_) when there is more, or the end. If the
  // end is known already (it came in the same packet), announce at once.
  return {Status::kFailed, 0};
}

Transfer TemplateTransport::write(Bytes) {
  // {kOk, 1..n}: these bytes are copied, or in the stack's own memory; the caller overwrites them.
  // {kWouldBlock}: none was taken; announce(index_) when there is room. The same bytes are offered again.
  return {Status::kFailed, 0};
}

Status TemplateTransport::finish() {
  // Sends the bytes taken by write(), then the end of the stream (FIN). Input still arrives and is read.
  return Status::kFailed;
}

uint32_t TemplateTransport::unacknowledged() const {
  // Bytes that write() has taken and the peer's TCP has not acknowledged: the distance between two sequence numbers of
  // the stack. 0 if your stack does not tell.
  return 0;
}

void TemplateTransport::abort() {
  // Ends it at once, whatever it is doing: RST if it is open, the look-up or the connect cancelled if it is not; a
  // plain close if both sides had ended. Detach every callback of the stack first: nothing may reach this index
  // afterwards, because the loop gives it to another connection.
}

int32_t TemplateTransport::error() const { return error_; }

Address TemplateTransport::remote() const {
  // The peer's address, if the stack knows it.
  return Address();
}

// ---- the network ----

TemplateNetworkBase::TemplateNetworkBase(TemplateTransport* transports, uint16_t count)
    : transports_(transports), count_(count) {}

void TemplateNetworkBase::attach(IndexQueue* ready) { ready_ = ready; }

TemplateTransport* TemplateNetworkBase::begin(uint16_t index) {
  TemplateTransport& transport = transports_[index];
  transport.network_ = this;
  transport.index_ = index;
  transport.error_ = 0;
  return &transport;
}

void TemplateNetworkBase::announce(uint16_t index) { ready_->add(index); }

void TemplateNetworkBase::poll(uint32_t) {
  // Moves the stack: takes packets from the driver, runs the stack's timers; announce() for every connection that
  // can go on. A stack that calls back may announce from its callbacks, as long as they run inside poll() or in the
  // same context. Do a bounded amount of work: poll() is called again in the next turn.
}

Status TemplateNetworkBase::listen(uint8_t listener, Text, uint16_t, bool secure) {
  // Empty address: all of this machine's. Port 0: the stack chooses, see listening_port(). Without TLS `secure` is
  // refused.
  if (secure || listener >= kMaxListeners) return Status::kInvalidArgument;
  return Status::kFailed;
}

uint16_t TemplateNetworkBase::listening_port(uint8_t) const { return 0; }

void TemplateNetworkBase::unlisten(uint8_t) {
  // Accepted connections stay; waiting ones are reset.
}

Transport* TemplateNetworkBase::accept(uint8_t, uint16_t index) {
  // None waits: nullptr, without any cost. Else the connection moves into transport `index`.
  const bool waits = false;
  if (!waits) return nullptr;
  return begin(index);
}

bool TemplateNetworkBase::waiting(uint8_t) {
  // Whether accept() would have one now, best with something to read already: a silent peer in its handshake is then
  // reset for it. Asked when the loop has no slot.
  return false;
}

Transport* TemplateNetworkBase::connect(uint16_t index, Text, uint16_t, bool secure, Status* status) {
  // A port without TLS refuses `secure`: a wss URL must never run in the clear. nullptr else only if the host cannot be
  // looked up at all; a connection that fails at once is handed out, and progress() says in which layer.
  *status = secure ? Status::kInvalidArgument : Status::kFailed;
  const bool started = false;
  if (!started) return nullptr;
  announce(index);
  *status = Status::kOk;
  return begin(index);
}

Status TemplateNetworkBase::random(MutableBytes) {
  // A hardware generator, or one that is seeded by hardware. Never a constant seed, never a clock: masks and handshake
  // keys come from here. Without a source: kFailed, and no connection opens.
  return Status::kFailed;
}

void TemplateNetworkBase::wake() {
  // Ends the platform's sleep. May be called from an interrupt: no more than a flag or an event.
}

int32_t TemplateNetworkBase::error() const { return error_; }

}  // namespace whit
