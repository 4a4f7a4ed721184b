// SPDX-License-Identifier: MIT
// permessage-deflate (RFC 7692) in memory that is a constant: named by ConnectionOptions::compression of a server or a
// client, and linked by that alone.
//
//   static whit::DeflateMemory<8, 12> memory;  // up to 8 connections, windows of 2^12 bytes
//   static whit::PermessageDeflate compression{memory};
//   options.compression = &compression;
//
// Compressed messages then come as any others: whole if they fit a buffer, else in pieces, with all limits counted in
// bytes of the message. A peer has an inflater for as long as it sends a compressed message; when none is left the
// others wait in a line, and TCP's window closes behind them. A peer that keeps others waiting must send data_min_bytes
// (at least 1) in each Deadline::kData, or is closed with 1008.
//
// What is sent stays plain, unless it is sent by a MessageDeflater:
//
//   static whit::MessageDeflater<10> deflater;  // a table of 2^10 numbers of 16 bits
//   deflater.send(event.socket, "...");
//
// The window of browsers has 2^15 bytes. A peer that cannot be told to have a smaller one (Firefox offers no
// client_max_window_bits) is answered without the extension where DeflateMemory has less.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/config.h"
#include "whit/core/compression.h"
#include "whit/core/core.h"
#include "whit/core/deflate_layer.h"
#include "whit/deflate/deflater.h"
#include "whit/event.h"
#include "whit/index_queue.h"
#include "whit/status.h"
#include "whit/websocket.h"

namespace whit {

// Compresses what is sent to connections that have the extension. One object serves all of them, and its table is used
// during a call alone. kTableBits: a larger table finds more repetitions, at 2 * 2^kTableBits bytes of RAM.
template <uint8_t kTableBits = static_cast<uint8_t>(config::kDeflateTableBits)>
class MessageDeflater {
 public:
  static_assert(kTableBits >= 6 && kTableBits <= 15, "the table has 2^6 to 2^15 places");

  // As WebSocket::send(), with all its results, but not of bytes in room that reserve() has given. The message leaves
  // plain where that is not longer, where it has fewer than WHIT_DEFLATE_MIN_BYTES bytes, and to a peer without the
  // extension. A message larger than max_send() is sent if its compressed form fits, else kTooLarge. All pieces of a
  // message are compressed if its first one is, whatever that gains.
  Status send(WebSocket socket, const Message& piece) {
    deflate::Deflater deflater;
    deflater.start(table_, kTableBits);
    return core::Core::send_deflated(socket, piece, &deflater);
  }
  Status send(WebSocket socket, Bytes data, MessageType type) {
    Message message;
    message.data = data;
    message.type = type;
    return send(socket, message);
  }
  Status send(WebSocket socket, Text text) { return send(socket, as_bytes(text), MessageType::kText); }

 private:
  uint16_t table_[1 << kTableBits] = {};
};

// The memory of a PermessageDeflate; all of it is zero at rest. kConnections: that may have the extension at once;
// further ones are answered without. kWindowBits: 8 to 15, the largest window of a peer: each inflater has
// 2^kWindowBits bytes and 1,416 + WHIT_DEFLATE_INPUT_BYTES more, and each connection 100 (on 32 bits). kShared:
// inflaters for messages in work. kKept: inflaters for connections with context takeover, one each, for as long as it
// is open; 0: peers are told to go without. kHistories: as many connections send with context takeover, at
// 2^kWindowBits bytes each. With kShared == 0 a connection for which no kept inflater is left is answered without the
// extension.
template <uint16_t kConnections, uint8_t kWindowBits = 15, uint16_t kShared = 2, uint16_t kKept = 0,
          uint16_t kHistories = 0>
class DeflateMemory {
 public:
  static_assert(kConnections >= 1 && kConnections < IndexQueue::kNone, "connections are numbered by 16 bits");
  static_assert(kWindowBits >= 8 && kWindowBits <= 15, "RFC 7692, 7.1.2: windows of 2^8 to 2^15 bytes");
  static_assert(kShared + kKept >= 1, "no message could be received");

  constexpr DeflateMemory() = default;

 private:
  friend class PermessageDeflate;

  core::DeflateSlot slots_[kConnections];
  uint16_t links_[kConnections] = {};
  core::Inflating inflating_[kShared + kKept] = {};
  uint8_t windows_[kShared + kKept][1 << kWindowBits] = {};
  uint8_t histories_[kHistories != 0 ? kHistories : 1][kHistories != 0 ? 1 << kWindowBits : 1] = {};
};

// The extension, for the connections of one loop.
class PermessageDeflate final : public core::Compression {
 public:
  // The memory is of this object alone, and lives as long as the loop, which has all its connections.
  template <uint16_t kConnections, uint8_t kWindowBits, uint16_t kShared, uint16_t kKept, uint16_t kHistories>
  explicit constexpr PermessageDeflate(DeflateMemory<kConnections, kWindowBits, kShared, kKept, kHistories>& memory)
      : parts_{memory.slots_, memory.links_, memory.inflating_, memory.windows_[0], memory.histories_[0], kConnections,
               kShared,       kKept,         kHistories,        kWindowBits} {}
  PermessageDeflate(const PermessageDeflate&) = delete;
  PermessageDeflate& operator=(const PermessageDeflate&) = delete;

  // For the endpoints (core/compression.h).
  Transport* install(core::Core* core, session::Connection* connection, Transport* transport) override;
  bool read_field(core::Core* core, session::Connection* connection, Text value) override;
  void write_field(const session::Connection& connection, http::HeadWriter* head) override;

  // For the layers, and for MessageDeflater.
  core::DeflateLayer* layer_of(const session::Connection& connection) const;  // nullptr: it has none
  uint32_t history_capacity() const { return uint32_t{1} << parts_.bits; }
  core::Core* core() const { return core_; }
  bool take_shared(core::DeflateLayer* layer);
  void return_inflater(core::DeflateLayer* layer);
  void release(core::DeflateLayer* layer);

 private:
  void begin_turn() override;
  core::DeflateLayer* claim(core::Core* core, session::Connection* connection, Transport* transport);
  bool accept_offer(core::Core* core, session::Connection* connection, const http::DeflateParameters& offer);
  bool accept_answer(core::DeflateLayer* layer, const http::DeflateParameters& answer);
  bool keep_history(core::DeflateLayer* layer);
  bool keep_inflater(core::DeflateLayer* layer);
  bool take_inflater(core::DeflateLayer* layer, uint32_t begin, uint32_t end);
  void leave_line(const core::DeflateLayer* layer);
  void wake_next();
  bool is_late(core::Inflating* inflating);
  uint32_t watch_holders();
  uint16_t unused_shared() const;
  session::Connection& connection_of(uint16_t number) const;
  core::DeflateLayer& at(uint32_t number) const { return parts_.slots[number].layer; }
  uint16_t number(const core::DeflateLayer* layer) const;

  core::DeflateParts parts_;
  uint16_t made_ = 0;           // slots that have a layer
  core::Core* core_ = nullptr;  // the loop; nullptr: no connection has had a layer
  IndexQueue waiting_;          // numbers of layers that wait for a shared inflater
};

}  // namespace whit
