// SPDX-License-Identifier: MIT
// permessage-deflate (RFC 7692) between the loop and a transport. A DeflateLayer is a Transport over the connection's
// own: it reads the frames of the peer, inflates compressed messages into the buffer that the loop offers, and hands
// them on as plain fragments. So all rules and limits of messages, UTF-8, back-pressure and deadlines are the loop's,
// and a program without this extension has no instruction of it. Frames that are not compressed pass through byte for
// byte. Not for applications: whit/permessage_deflate.h has the memory.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/config.h"
#include "whit/core/endpoint.h"
#include "whit/deflate/inflater.h"
#include "whit/http/deflate_parameters.h"
#include "whit/index_queue.h"
#include "whit/transport.h"
#include "whit/wire/frame.h"

namespace whit {

class PermessageDeflate;

namespace core {

// What a message in work needs besides its window.
struct Inflating {
  deflate::Inflater inflater;
  uint16_t holder;    // 1 + the number of the layer; 0: none
  uint16_t input_at;  // of `input`: what has not been decoded
  uint16_t input_end;
  bool timed;       // others wait, and `due_ms` counts
  bool lacks_room;  // more is known than the loop had room for
  uint32_t due_ms;  // until then the holder must have sent enough ...
  uint32_t taken;   // ... and has sent so many bytes
  uint8_t input[config::kDeflateInputBytes];
};

// The bytes that whit/permessage_deflate.h names.
static_assert(sizeof(void*) != 4 || sizeof(Inflating) == sizeof(deflate::Inflater) + 16 + config::kDeflateInputBytes);

union DeflateSlot;

class DeflateLayer final : public Transport {
 public:
  constexpr DeflateLayer() = default;

  // In the place of another one. No header declares it, because the core includes none that can allocate.
  static void* operator new(size_t, DeflateSlot* place) { return place; }

  Progress progress() override { return below_->progress(); }
  Transfer read(MutableBytes room) override;
  Transfer write(Bytes source) override { return below_->write(source); }
  Status finish() override { return below_->finish(); }
  uint32_t unacknowledged() const override { return below_->unacknowledged(); }
  void abort() override;
  int32_t error() const override { return below_->error(); }
  Address remote() const override { return below_->remote(); }

  bool is_free() const { return below_ == nullptr; }
  void begin(PermessageDeflate* extension, const Connection& connection, Transport* below);
  // Back to the state after begin(): nothing is agreed, and nothing was received.
  void forget();

  // The extension is in use.
  bool is_active() const;

  // Of what is sent.
  uint8_t send_bits = 0;       // no distance above 2^send_bits
  bool compressing = false;    // pieces of a message were sent compressed, and its last one was not
  uint8_t* history = nullptr;  // the end of the messages before, for a connection with context takeover, ...
  uint32_t history_bytes = 0;  // ... and how much of it there is

 private:
  friend class whit::PermessageDeflate;

  // What has been inflated for one fragment.
  struct Chunk {
    MutableBytes room;
    bool last;  // the message is whole
  };

  Connection& connection() const;
  Transfer read_head(MutableBytes room);
  Status step(MutableBytes room, size_t* size);
  Status read_header(MutableBytes room, size_t* size);
  bool check_first_byte(uint8_t* first);
  Status pass_payload(MutableBytes room, size_t* size);
  Status discard(MutableBytes room);
  Status inflate(MutableBytes room, size_t* size);
  Status fill(Chunk* chunk);
  Status take_tail();
  Status take_input();
  size_t put_fragment(uint8_t* at, size_t head, size_t payload, bool last);
  size_t take_staged(MutableBytes room);
  void end_frame();
  static wire::Role other(wire::Role role) {
    return role == wire::Role::kServer ? wire::Role::kClient : wire::Role::kServer;
  }

  static constexpr size_t kStagedBytes = 24;  // a frame header, and a few bytes of payload

  Transport* below_ = nullptr;  // nullptr: the layer is free
  PermessageDeflate* extension_ = nullptr;
  Inflating* inflating_ = nullptr;  // of the message in work, or of the connection
  wire::FrameHeader header_ = {};   // of the peer's frame; its length: payload that has not been read
  uint16_t index_ = 0;              // of the connection
  uint16_t generation_ = 0;         // of the request that the parameters are of
  http::DeflateParameters agreed_;  // all zero: no offer was accepted, or none was made
  uint16_t failure_ = 0;            // the close code of what was found behind bytes that were still good
  uint8_t staged_at_ = 0;
  uint8_t staged_end_ = 0;
  uint8_t head_read_ = 0;    // in a client: bytes of the server's head, up to the shortest there is ...
  uint8_t ends_ = 0;         // ... and those of the CRLF CRLF at its end
  bool in_use_ = false;      // the extension is, once the connection is open
  bool kept_ = false;        // the inflater is the connection's ...
  bool takeover_ = false;    // ... and goes on with the context of the message before
  bool in_message_ = false;  // a data frame has begun, and the message has not ended
  bool compressed_ = false;  // ... with RSV1
  bool quiet_ = false;       // the frame is of a compressed message, or of one to throw away: it is not handed on
  bool begun_ = false;       // the first fragment was handed on
  bool tail_ = false;        // the 00 00 FF FF of the message is in the input
  uint8_t opcode_ = 0;       // of the message
  uint8_t staged_[kStagedBytes] = {};  // bytes for the loop that found no room
};

// The place of a layer, which is made when a connection needs the first one more: all zero at rest, in .bss.
union DeflateSlot {
  constexpr DeflateSlot() : none(0) {}
  uint8_t none;
  DeflateLayer layer;
};
static_assert(sizeof(void*) != 4 || sizeof(DeflateSlot) <= 100);

// A DeflateMemory.
struct DeflateParts {
  DeflateSlot* slots;
  uint16_t* links;
  Inflating* inflating;  // the shared ones, then the kept ones
  uint8_t* windows;      // of each, 2^bits bytes
  uint8_t* histories;    // of what is sent, likewise
  uint16_t connections;
  uint16_t shared;
  uint16_t kept;
  uint16_t kept_histories;
  uint8_t bits;
};

}  // namespace core
}  // namespace whit
