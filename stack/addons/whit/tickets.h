// SPDX-License-Identifier: MIT
// Tickets: let a browser open a WebSocket that needs credentials, which it cannot send in Authorization there. A page
// that the user got with a password gets a ticket, and the WebSocket brings it back, in its URL or in a cookie. A
// ticket is random, is good for one time and for a short one, and nobody can make one.
//
//   static whit::TicketMemory<8> memory;                     // at most 8 tickets wait
//   static whit::Tickets tickets{network, memory, 30'000};   // each for 30 s
//   ...
//   tickets.poll(now_ms);                                    // once per turn
//   ...                                                      // a request with the right password:
//   char text[whit::kTicketSize];
//   const whit::Text ticket = tickets.issue(text);           // "new WebSocket('/live?ticket=' + ticket)"
//   ...                                                      // the request of the WebSocket:
//   uint8_t room[whit::kTicketSize];
//   const whit::Text query = whit::query_of(request.target);
//   if (!tickets.redeem(whit::parameter(query, "ticket", {room, sizeof room}))) return event.socket.reject(403);
//
// A URL is kept in histories and logs, which is why a ticket in one is good only once. A cookie with a ticket is best
// HttpOnly; SameSite=Strict.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/network.h"

namespace whit {

constexpr size_t kTicketBytes = 16;               // random bytes of a ticket
constexpr size_t kTicketSize = 2 * kTicketBytes;  // characters: hexadecimal digits, good in a URL and in a cookie

template <size_t kTickets>
struct TicketMemory;

class Tickets {
 public:
  // `network` gives the random bytes; it and `memory` must live as long as this object. `lifetime_ms`: of a ticket, at
  // most 2^31.
  template <size_t kTickets>
  constexpr Tickets(Network& network, TicketMemory<kTickets>& memory, uint32_t lifetime_ms)
      : network_(network), entries_(memory.entries), count_(kTickets), lifetime_ms_(lifetime_ms) {}
  Tickets(const Tickets&) = delete;
  Tickets& operator=(const Tickets&) = delete;

  // Time passes; tickets that are too old are gone. `now_ms` is the clock of Loop::poll(). To be called in each turn,
  // and at least once in 2^31 ms (24 days): a clock that wraps cannot tell an old ticket from a new one.
  void poll(uint32_t now_ms);

  // A new ticket, written to `text`, which is what comes back. In a full table the oldest one gives way. Empty: there
  // are no random bytes (Network::random()), and no ticket. `tag`: a number of the application's own for redeem(), such
  // as that of the user.
  Text issue(char (&text)[kTicketSize], uint16_t tag = 0);

  // Whether the text is a ticket that was issued, is not too old and was not redeemed before; then it is used up, and
  // `*tag` is set. The time depends on the size of `text` and of the table alone.
  bool redeem(Text text, uint16_t* tag = nullptr);

  size_t waiting() const;  // tickets that can be redeemed

 private:
  struct Entry {
    uint8_t bytes[kTicketBytes];
    uint32_t issued_ms;
    uint16_t tag;
    bool used;  // in use: issued, and not redeemed
  };
  template <size_t kTickets>
  friend struct TicketMemory;

  Entry* free_or_oldest();

  Network& network_;
  Entry* entries_;
  size_t count_;
  uint32_t lifetime_ms_;
  uint32_t now_ms_ = 0;
};

// kTickets that wait at once, of 24 bytes each.
template <size_t kTickets>
struct TicketMemory {
  static_assert(kTickets > 0, "at least one ticket");

  Tickets::Entry entries[kTickets] = {};  // of the Tickets
};

}  // namespace whit
