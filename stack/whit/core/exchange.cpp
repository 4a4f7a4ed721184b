// SPDX-License-Identifier: MIT
// The answers to requests that are no opening handshake: an answer of any size leaves buffer by buffer, then the next
// request is read. RFC 9112, 9.3. Only servers with HTTP link this.
#include "whit/core/core.h"

namespace whit::core {

namespace {

// The next request on the same connection. What came behind the last one stays in the buffer. For the application it is
// another connection: a handle of the last request must not answer this one.
void begin_request(Core& core, Connection* connection) {
  Connection& c = *connection;
  const uint16_t answered = static_cast<uint16_t>(c.head().exchange.answered + 1);
  c.head() = {};
  c.head().exchange.answered = answered;
  c.head_sent() = 0;
  c.protocol = 0;
  c.transmitter.reset();
  c.generation = static_cast<uint16_t>(c.generation + 1);
  if (c.generation == 0) c.generation = 1;  // 0 is that of a default-constructed handle
  c.heard_ms() = core.now_ms_;
  core.arm(connection, Deadline::kHead);
  core.make_ready(c);
}

}  // namespace

// The request is whole. Its buffer is the first of the answer, unless the next request has begun in it.
void Core::begin_answer(Connection* connection, uint16_t status) {
  Connection& c = *connection;
  c.head().status = status;
  c.head().kept = 0;
  c.head().exchange.gathered = false;
  c.deadlines[session::kFromPeer] = Deadline::kNone;  // kWrite limits how long the peer takes
  if (!c.window.empty()) return;
  WHIT_ASSERT(c.tx_buffer == nullptr);
  c.transmitter.start_at(0);
  c.tx_buffer = c.rx_buffer;
  release_rx(connection);  // the output in the buffer keeps it
}

// Gathers what has room of the answer. The connection is ready again when that has left (flush()). The next request is
// looked at only then: an answer never waits behind another one.
void Core::answer(Connection* connection) {
  Connection& c = *connection;
  http::Exchange& exchange = c.head().exchange;
  const uint32_t before = c.head_sent();
  if (!exchange.gathered) exchange.gathered = send_head(connection);
  if (c.head_sent() != before) c.heard_ms() = now_ms_;
  if (!exchange.gathered) return;
  if (exchange.last) return end(connection, {Cause::kWhit, Cause::kHandshake}, c.head().status);
  if (c.transmitter.empty()) begin_request(*this, connection);
}

// The answer lies in the receive buffer from `begin` on, up to what follows the request, or to the end of the buffer. It
// leaves from there. `last`: then the connection ends, and what follows the request is thrown away.
void Core::queue_answer(Connection* connection, uint32_t begin, uint16_t status, bool last) {
  Connection& c = *connection;
  const bool alone = last || c.window.empty();
  WHIT_ASSERT(c.tx_buffer == nullptr);
  c.known_to_application = false;  // it never opened: nothing more is reported of it
  c.transmitter.start_at(begin);
  c.tx_buffer = c.rx_buffer;
  c.head_sent() = (alone ? pool_.size() : c.window.raw_begin) - begin;
  c.transmitter.extend(c.head_sent());
  if (alone) release_rx(connection);  // the output in the buffer keeps it
  output_.add(c.index);
  if (last) return end(connection, {Cause::kWhit, Cause::kHandshake}, status);
  http::Head& head = c.head();
  head.status = status;
  head.kept = 0;
  head.exchange.gathered = true;
  c.state = State::kHandshaking;
  make_ready(c);
}

// The answer to an opening handshake lies in the receive buffer, and waits for admit(), as the message part of the
// window. `head_size`: of what the endpoint itself would write, and does not any more.
void Core::hold_answer(Connection* connection, uint32_t begin, uint32_t end, uint32_t head_size) {
  Connection& c = *connection;
  if (c.window.empty()) c.window.reset(end);
  c.window.message_begin = begin;
  c.window.message_end = end;
  c.head().kept = 0;
  c.head_sent() = head_size;
}

}  // namespace whit::core
