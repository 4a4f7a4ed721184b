// SPDX-License-Identifier: MIT
#include "lwip_transport.h"

#include <string.h>

#include "lwip_network.h"

namespace whit {

namespace {

// With less memory than this the write waits: smaller segments would fill lwIP's queue and carry next to nothing.
constexpr uint16_t kLeastPiece = 64;

uint16_t smaller(size_t left, size_t right) {
  const size_t least = left < right ? left : right;
  return static_cast<uint16_t>(least < 0xFFFF ? least : 0xFFFF);
}

}  // namespace

Progress LwipTransport::progress() {
  stream_.network->check_context();
  Progress progress;
  if (stage_ == Stage::kOpen) return progress;  // broken later: read() reports it behind the last byte
  progress.layer = stage_ == Stage::kResolving ? Layer::kResolve : Layer::kConnect;
  const bool failed = stream_.failed && !(stage_ == Stage::kConnecting && stream_.network->dial_other(stream_.index));
  progress.status = failed ? Status::kFailed : Status::kWouldBlock;
  return progress;
}

Transfer LwipTransport::read(MutableBytes destination) {
  stream_.network->check_context();
  if (stream_.rx != nullptr) {
    const uint16_t size = smaller(destination.size, stream_.rx->tot_len);
    if (size == 0) return {};
    (void)pbuf_copy_partial(stream_.rx, destination.data, size, 0);
    stream_.consume(size);
    return {Status::kOk, size};
  }
  if (stream_.ended) return {Status::kClosed, 0};
  if (stream_.failed) return {Status::kFailed, 0};
  return {};
}

Transfer LwipTransport::write(Bytes source) {
  stream_.network->check_context();
  if (stream_.pcb == nullptr || stream_.finished) {
    if (stream_.error == ERR_OK) stream_.error = ERR_CONN;
    return {Status::kFailed, 0};
  }
  if (stage_ != Stage::kOpen || source.size == 0) return {};

  // All or nothing, says lwIP; so ever less is offered. MORE only leaves out the push flag, but lets lwIP ask for room
  // beyond the bytes, so it is dropped when memory is short.
  uint16_t size = smaller(source.size, tcp_sndbuf(stream_.pcb));
  uint8_t flags = TCP_WRITE_FLAG_COPY;
  if (size < source.size) flags |= TCP_WRITE_FLAG_MORE;
  while (size > 0) {
    const err_t result = tcp_write(stream_.pcb, source.data, size, flags);
    if (result == ERR_OK) {
      // After any failure here the bytes are in lwIP's queue, and its timers send them.
      (void)tcp_output(stream_.pcb);
      return {Status::kOk, size};
    }
    if (result != ERR_MEM) {
      stream_.error = result;
      return {Status::kFailed, 0};
    }
    if (size <= kLeastPiece) break;
    size = static_cast<uint16_t>(size / 2);
    flags = TCP_WRITE_FLAG_COPY;
  }
  return blocked();
}

Transfer LwipTransport::blocked() {
  stream_.wants_room = true;
  // With nothing in flight there is nothing that the peer could acknowledge, and no callback.
  if (tcp_sndqueuelen(stream_.pcb) == 0) stream_.network->retry_later(*this);
  return {};
}

Status LwipTransport::finish() {
  stream_.network->check_context();
  if (stream_.failed) return Status::kFailed;
  if (stage_ != Stage::kOpen || stream_.pcb == nullptr || stream_.finished) return Status::kOk;
  const err_t result = tcp_shutdown(stream_.pcb, 0, 1);
  if (result == ERR_MEM) {
    stream_.network->retry_later(*this);
    return Status::kWouldBlock;
  }
  // ERR_CONN: lwIP has sent our end already.
  stream_.finished = true;
  if (stream_.ended) stream_.retire();
  return Status::kOk;
}

void LwipTransport::abort() {
  stream_.network->check_context();
  stream_.network->cancel_lookups(stream_.index);
  clear();
  stage_ = Stage::kFree;
  starved_ = false;
}

void LwipTransport::clear() {
  LwipNetworkBase* const network = stream_.network;
  const uint16_t index = stream_.index;
  stream_.destroy();
  stream_.network = network;
  stream_.index = index;
}

Address LwipTransport::remote() const {
  Address address;
  if (stream_.pcb == nullptr) return address;
  const ip_addr_t& peer = stream_.pcb->remote_ip;
#if LWIP_IPV4
  if (IP_IS_V4_VAL(peer)) {
    address.size = 4;
    memcpy(address.bytes, &ip_2_ip4(&peer)->addr, 4);
  }
#endif
#if LWIP_IPV6
  if (IP_IS_V6_VAL(peer)) {
    address.size = 16;
    memcpy(address.bytes, ip_2_ip6(&peer)->addr, 16);
  }
#endif
  address.port = stream_.pcb->remote_port;
  return address;
}

// Takes over a connection that lwIP has accepted.
void LwipTransport::adopt(LwipStream& waiting, uint16_t index) {
  LwipNetworkBase* const network = stream_.network;
  stream_ = waiting;
  stream_.own(waiting.pcb, network, index);
  stage_ = Stage::kOpen;
}

// Starts the TCP connection. After an error nothing is left of it.
err_t LwipTransport::dial(const ip_addr_t& address, uint16_t port) {
  stage_ = Stage::kConnecting;
  tcp_pcb* const block = tcp_new_ip_type(IP_GET_TYPE(&address));
  if (block == nullptr) return ERR_MEM;
  stream_.own(block, stream_.network, stream_.index);
  const err_t result = tcp_connect(block, &address, port, on_connected);
  if (result != ERR_OK) {
    stream_.let_go();
    tcp_abort(block);
  }
  return result;
}

err_t LwipTransport::on_connected(void* arg, tcp_pcb* pcb, err_t error) {
  auto* const stream = static_cast<LwipStream*>(arg);
  if (error != ERR_OK) {  // lwIP 2.2 has no such case; its interface allows one
    stream->let_go();
    tcp_abort(pcb);
    stream->network->transport(stream->index).fail(error);
    return ERR_ABRT;
  }
  stream->network->transport(stream->index).stage_ = Stage::kOpen;
  stream->network->cancel_lookups(stream->index);
  stream->network->announce(stream->index);
  return ERR_OK;
}

// The address is known, by the resolver's answer or because it was given as one; nullptr: there is no such name, or no
// resolver answered.
void LwipTransport::resolved(const ip_addr_t* address, uint16_t port) {
  if (address == nullptr) {
    fail(ERR_VAL);
    return;
  }
  const err_t result = dial(*address, port);
  if (result != ERR_OK) {
    fail(result);
    return;
  }
  stream_.network->announce(stream_.index);
}

void LwipTransport::fail(err_t number) {
  stream_.failed = true;
  stream_.error = number;
  stream_.network->announce(stream_.index);
}

}  // namespace whit
