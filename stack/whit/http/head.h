// SPDX-License-Identifier: MIT
// Head: the state of an opening handshake, of which the peer's head is read line by line from a buffer that may be
// smaller than the head.
#pragma once

#include <stdint.h>

#include "whit/wire/accept_key.h"

namespace whit::http {

// A request that is no opening handshake, and its answer (server/http_service.cpp). All zero bits at the start of a
// connection; `answered` is taken over from one request to the next.
struct Exchange {
  uint16_t page;          // 1 + the position of the page with the target's path; 0: there is none
  uint16_t answered;      // requests of this connection before this one
  uint8_t method;         // Method
  uint8_t codings;        // Accept-Encoding: bits of Coding
  bool same_plain : 1;    // If-None-Match has the tag of the page as it is ...
  bool same_gzip : 1;     // ... of its compressed form
  bool target_known : 1;  // the page was looked for while a part of a long target was there
  bool gathered : 1;      // all of the answer
  bool last : 1;          // the connection ends after it
  bool old : 1;           // HTTP/1.0
  bool produced : 1;      // a function of the application writes the body of the answer: `producer`
  bool expects : 1;       // Expect: 100-continue
  bool receiving : 1;     // the body of the request was accepted
  bool delivered : 1;     // the last event was a part of it
  bool whole : 1;         // ... its last one, which stays until the answer takes its place
  struct Producer {
    uint32_t cursor;                                     // kept for the application
    uint32_t address[sizeof(void*) / sizeof(uint32_t)];  // as words, so that it needs no other alignment
  };
  struct Body {
    uint32_t left;   // bytes that have not been handed out
    uint32_t taken;  // bytes that were, and are gone
    uint32_t fresh;  // bytes that have come since the deadline was armed
  };
  union {
    Body body;
    Producer producer;
  };
};

static_assert(sizeof(Exchange) <= wire::kDigestWords * sizeof(uint32_t), "it takes no more than a handshake does");

// A plain struct that is all zero bits at the start. The fields kept lie packed at the front of the receive buffer.
struct Head {
  uint32_t bytes;  // of the head so far
  uint16_t kept;   // bytes of kept fields
  uint16_t seen;   // bits of the fields seen; their meaning is the endpoint's
  uint16_t status;
  bool started;       // the first line was read
  bool skipping : 1;  // inside a field that is not kept and longer than the buffer
  bool due : 1;       // our own head is to be gathered before the peer's is read
  bool queued : 1;    // kConnecting: the transport waits for another one to get further (transport.h, kNoSlot)
  union {
    uint32_t nonce[wire::kNonceWords];    // client: the random bytes of its key
    uint32_t digest[wire::kDigestWords];  // server: the hash of its client's key
    Exchange exchange;                    // server: of a request without a key
  };
};

}  // namespace whit::http
