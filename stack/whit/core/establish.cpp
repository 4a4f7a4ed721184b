// SPDX-License-Identifier: MIT
// From a slot to an open connection: the transport is established, then the opening handshake exchanged. What the roles
// do and say in the handshake is in server/ and client/.
#include "whit/core/core.h"

namespace whit::core {

namespace {

bool open(Core& core, Connection* connection, Event* event) {
  Connection& c = *connection;
  core.end_handshake_share(connection);
  c.state = State::kOpen;
  c.known_to_application = true;
  c.receiver().reset();
  c.bytes() = c.owed_room = 0;
  core.make_ready(c);  // frames may have come in the same segment as the head
  return core.emit(c, Event::kOpen, event);
}

}  // namespace

// True: the transport is established, and the opening handshake begins.
bool Core::connect_transport(Connection* connection) {
  Connection& c = *connection;
  if (c.transport == nullptr && !c.endpoint->dial(connection)) return false;
  const Progress progress = c.transport->progress();
  c.heard_ms() = now_ms_;
  static_assert(
      static_cast<int>(Layer::kResolve) == Cause::kResolve && static_cast<int>(Layer::kConnect) == Cause::kConnect &&
      static_cast<int>(Layer::kSecure) == Cause::kSecure && static_cast<int>(Layer::kOpen) == Cause::kHandshake);
  if (progress.status == Status::kFailed) {
    end(connection, {Cause::kNetwork, static_cast<Cause::Where>(progress.layer)}, c.transport->error());
    // An alert of TLS may be on its way to the peer, and a reset would overtake it; else there is nothing to wait for.
    c.finished = c.peer_ended = progress.layer != Layer::kSecure;
    return false;
  }
  if (progress.status == Status::kOk) {
    c.state = State::kHandshaking;
    arm(connection, Deadline::kHead);
    return true;
  }
  c.head().queued = progress.status == Status::kNoSlot;
  places_wanted_ = places_wanted_ || c.head().queued;
  const Deadline deadline = static_cast<Deadline>(static_cast<int>(progress.layer) + 1);
  static_assert(static_cast<int>(Layer::kSecure) + 1 == static_cast<int>(Deadline::kSecure));
  if (c.deadlines[session::kFromPeer] != deadline) arm(connection, deadline);
  return false;
}

bool Core::open_handshake(Connection* connection, Event* event) {
  Connection& c = *connection;
  if (c.head().due && !send_head(connection)) return false;
  do {
    if (c.head().status == 0) {  // else the peer's head is valid, and our answer waited for room
      if (c.rx_buffer == nullptr) continue;
      c.heard_ms() = now_ms_;
    }
    switch (c.endpoint->read_head(connection, event)) {
      case HeadResult::kMore:
        break;
      case HeadResult::kComplete:
        return open(*this, connection, event);
      case HeadResult::kEvent:
        return true;
      case HeadResult::kWait:
        return false;
    }
  } while (read(connection) == Status::kOk);
  return false;
}

// Gathers our own head, or the next buffer of it. False: not all yet. The connection is ready again when there is room.
bool Core::send_head(Connection* connection) {
  Connection& c = *connection;
  size_t left = c.endpoint->write_head(c, nullptr, 0);
  size_t size = left < pool_.size() ? left : pool_.size();
  if (!make_room(connection, size)) return false;
  left = c.endpoint->write_head(c, c.tx_buffer + c.transmitter.end(), size);
  if (left < size) size = left;  // a function of the application wrote less than before
  c.transmitter.extend(size);
  output_.add(c.index);
  c.head_sent() += static_cast<uint32_t>(size);
  if (size != left) return false;
  c.head().due = false;
  return true;
}

// RFC 9112, 9.6: an answer, then the end; nothing more is processed. The answer takes the place of the request.
void Core::refuse(Connection* connection, uint16_t status) {
  Connection& c = *connection;
  c.head().status = status;
  c.head_sent() = 0;  // an answer that was held (exchange.cpp) does not count
  c.tx_buffer = c.rx_buffer;
  release_rx(connection);  // the output in the buffer keeps it
  c.transmitter.extend(c.endpoint->write_head(c, c.tx_buffer, pool_.size()));
  output_.add(c.index);
  end(connection, {Cause::kWhit, Cause::kHandshake}, status);
}

}  // namespace whit::core
