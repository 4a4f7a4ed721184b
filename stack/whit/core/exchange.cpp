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

// The next part of a body that a function of the application writes, as a chunk (RFC 9112, 7.1), or as it is to a peer
// of HTTP/1.0, for which the end of the connection ends it. True: it was the last.
bool send_part(Core& core, Connection* connection) {
  Connection& c = *connection;
  constexpr uint32_t kSizeDigits = 8;
  constexpr uint32_t kBefore = kSizeDigits + 2;
  constexpr char kLast[] = "0\r\n\r\n";
  const uint32_t capacity = core.pool_.size();
  if (!core.make_room(connection, capacity)) return false;
  http::Exchange& exchange = c.head().exchange;
  const bool chunked = !exchange.old;
  uint8_t* const out = c.tx_buffer + c.transmitter.end();
  ResponseBody produce;
  __builtin_memcpy(&produce, exchange.producer.address, sizeof produce);
  const uint32_t framing = chunked ? kBefore + 2 : 0;
  const MutableBytes room{out + (chunked ? kBefore : 0), capacity - framing};
  uint32_t size = static_cast<uint32_t>(produce(core.handle(c), &exchange.producer.cursor, room));
  const bool last = size == 0;
  WHIT_ASSERT(size <= room.size);
  if (chunked && !last) {
    for (uint32_t i = 0; i < kSizeDigits; ++i) {
      out[i] = static_cast<uint8_t>("0123456789abcdef"[size >> 4 * (kSizeDigits - 1 - i) & 15]);
    }
    out[kSizeDigits] = room.data[size] = '\r';
    out[kSizeDigits + 1] = room.data[size + 1] = '\n';
    size += framing;
  } else if (chunked) {
    for (; kLast[size] != '\0'; ++size) out[size] = static_cast<uint8_t>(kLast[size]);
  }
  c.transmitter.extend(size);
  core.output_.add(c.index);
  c.head_sent() += size;
  return last;
}

}  // namespace

// The request is whole, and this is the status of the answer to it.
void Core::begin_answer(Connection* connection, uint16_t status) {
  Connection& c = *connection;
  c.head().status = status;
  c.head().kept = 0;
  c.head().exchange.gathered = false;
  c.deadlines[session::kFromPeer] = Deadline::kNone;  // kWrite limits how long the peer takes
}

// Gathers what has room of the answer. The connection is ready again when that has left (flush()). The next request is
// looked at only then: an answer never waits behind another one.
void Core::answer(Connection* connection) {
  Connection& c = *connection;
  http::Exchange& exchange = c.head().exchange;
  const uint32_t before = c.head_sent();
  // The request's buffer is the first of the answer, unless the next request has begun in it.
  if (!exchange.gathered && c.rx_buffer != nullptr && c.tx_buffer == nullptr && c.window.empty()) {
    c.transmitter.start_at(0);
    c.tx_buffer = c.rx_buffer;
    release_rx(connection);  // the output in the buffer keeps it
  }
  if (!exchange.gathered) exchange.gathered = exchange.produced ? send_part(*this, connection) : send_head(connection);
  if (c.head_sent() != before) c.heard_ms() = now_ms_;
  if (!exchange.gathered) return;
  if (exchange.last) return end(connection, {Cause::kWhit, Cause::kHandshake}, c.head().status);
  if (c.transmitter.empty()) begin_request(*this, connection);
}

// Moves what follows the request to the end of the receive buffer, so that an answer has the most room in front of it.
void Core::make_answer_room(Connection* connection) {
  session::Window& window = connection->window;
  const uint32_t up = pool_.size() - window.raw_end;
  uint8_t* const buffer = connection->rx_buffer;
  // Upwards and over itself: from the last byte to the first.
  for (uint32_t at = window.raw_end; up != 0 && at != window.raw_begin; --at) buffer[at - 1 + up] = buffer[at - 1];
  const uint32_t end = pool_.size();
  const uint32_t size = window.raw_size();
  window.reset(end - size);
  window.raw_end = end;
}

// The answer lies in the receive buffer from `begin` on, up to what follows the request or, if it is the last, to the
// end of the buffer. It leaves from there. `last`: then the connection ends, and what follows the request is thrown
// away.
void Core::queue_answer(Connection* connection, uint32_t begin, uint16_t status, bool last, ResponseBody produce) {
  Connection& c = *connection;
  const bool alone = last || c.window.empty();  // in the buffer
  WHIT_ASSERT(c.tx_buffer == nullptr);
  c.known_to_application = false;  // it never opened: nothing more is reported of it
  c.message_out = c.message_held = c.paused = false;
  c.deadlines[session::kFromPeer] = Deadline::kNone;  // of the body; kWrite limits how long the peer takes
  c.transmitter.start_at(begin);
  c.tx_buffer = c.rx_buffer;
  c.head_sent() = (alone ? pool_.size() : c.window.raw_begin) - begin;
  c.transmitter.extend(c.head_sent());
  if (alone) release_rx(connection);  // the output in the buffer keeps it
  output_.add(c.index);
  if (last && produce == nullptr) return end(connection, {Cause::kWhit, Cause::kHandshake}, status);
  http::Head& head = c.head();
  head.status = status;
  head.kept = 0;
  head.exchange.gathered = produce == nullptr;
  head.exchange.produced = produce != nullptr;
  head.exchange.last = last;
  head.exchange.producer.cursor = 0;
  __builtin_memcpy(head.exchange.producer.address, &produce, sizeof produce);
  c.state = State::kHandshaking;
  make_ready(c);
}

// Gathers an answer before the answer in the receive buffer, in which nothing is any more.
void Core::send_interim(Connection* connection, Text answer) {
  Connection& c = *connection;
  const auto size = static_cast<uint32_t>(answer.size);
  copy(c.rx_buffer, as_bytes(answer).data, size);
  c.window.reset(size);
  c.transmitter.start_at(0);
  c.tx_buffer = c.rx_buffer;
  c.transmitter.extend(size);
  c.head_sent() = size;  // the connection is ready again when it has left
  output_.add(c.index);
}

// The answer to an opening handshake lies in the receive buffer, and waits for admit(), as the message part of the
// window. `head_size`: of what the endpoint itself would write, and does not any more.
void Core::hold_answer(Connection* connection, uint32_t begin, uint32_t end, uint32_t head_size) {
  Connection& c = *connection;
  c.window.message_begin = begin;
  c.window.message_end = end;
  c.head().kept = 0;
  c.head_sent() = head_size;
}

}  // namespace whit::core
