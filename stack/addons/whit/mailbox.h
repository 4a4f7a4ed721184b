// SPDX-License-Identifier: MIT
// Mailbox: the way from another thread, task or interrupt to the loop that owns the connections. A loop and its sockets
// belong to one thread; everything else posts a message or a call, and the loop's thread delivers it. No lock, no heap,
// nothing blocks: a full mailbox says so at once.
//
//   static whit::Mailbox<1024> from_sensor{network};   // written by one thread alone, read by the loop's
//
//   // the other thread, task or interrupt:
//   if (from_sensor.post(socket, whit::as_bytes(text), whit::MessageType::kText) == whit::Status::kWouldBlock) ...
//
//   // the loop's thread, once per turn:
//   from_sensor.deliver();
//   while (const whit::Event event = loop.poll(now_ms)) ...
//
// One mailbox has one writer at a time. Threads that share one take a lock of their own around post(); the loop never
// does. An interrupt has a mailbox that no thread writes to. `socket` is a value: the thread may keep a copy of it for
// any time, and what it posts to a connection that has ended is dropped.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/network.h"
#include "whit/status.h"
#include "whit/vocabulary.h"
#include "whit/websocket.h"

namespace whit {

// A mailbox of any size.
class MailboxCore {
 public:
  MailboxCore(const MailboxCore&) = delete;
  MailboxCore& operator=(const MailboxCore&) = delete;

  // ---- the writer's side ----

  // A whole message. The bytes are copied. Then the loop is woken (Network::wake()).
  //  kOk
  //  kWouldBlock  full: nothing was taken
  //  kTooLarge    the message and its 24 bytes (16 on a 32-bit machine) are more than half of the mailbox
  Status post(WebSocket socket, Bytes data, MessageType type);
  // A call in the loop's thread, with `context`, which must live until then. The same results.
  Status post(void (*call)(void* context), void* context);

  // ---- the loop's side ----

  // Delivers in the order of posting, as far as connections have room. A message above WebSocket::max_send() leaves in
  // pieces; until the last one the application sends no message of its own on that connection (RFC 6455, 5.4).
  void deliver();
  // Messages whose connection had ended, or that were no valid text.
  uint32_t dropped() const { return dropped_; }

 protected:
  constexpr MailboxCore(Network& network, uint8_t* memory, uint32_t size)
      : network_(network), memory_(memory), size_(size) {}
  ~MailboxCore() = default;

 private:
  enum class Kind : uint32_t { kText = 1, kBinary = 2, kCall, kSkip };
  struct Letter {
    Kind kind;
    uint32_t size;  // of the data behind it
    WebSocket socket;
  };
  struct Call {
    void (*call)(void* context);
    void* context;
  };

  static uint32_t rounded(size_t size) { return static_cast<uint32_t>((size + 7) / 8 * 8); }
  static uint32_t room_for(size_t size) { return rounded(sizeof(Letter)) + rounded(size); }
  uint8_t* place(uint32_t position) const { return memory_ + (position & (size_ - 1)); }
  Status put(const Letter& letter, Bytes data);
  bool deliver_one(const Letter& letter, Bytes data);
  bool deliver_message(const Letter& letter, Bytes data);

  Network& network_;
  uint8_t* memory_;
  uint32_t size_;         // a power of 2
  uint32_t written_ = 0;  // positions count on and wrap at 2^32: of the writer alone ...
  uint32_t read_ = 0;     // ... and of the loop alone; the other side only looks
  uint32_t sent_ = 0;     // bytes of the first letter that have left as pieces
  uint32_t dropped_ = 0;
};

// kBytes: a power of 2, of all the memory there is. Each message takes its own size, rounded up to 8 bytes, and 24
// bytes (16 on a 32-bit machine).
template <uint32_t kBytes>
class Mailbox : public MailboxCore {
 public:
  static_assert(kBytes >= 128 && (kBytes & (kBytes - 1)) == 0, "a power of 2, at least 128 bytes");

  constexpr explicit Mailbox(Network& network) : MailboxCore(network, memory_, kBytes) {}

 private:
  alignas(8) uint8_t memory_[kBytes] = {};
};

}  // namespace whit
