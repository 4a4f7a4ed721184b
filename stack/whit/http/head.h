// SPDX-License-Identifier: MIT
// Head: the state of an opening handshake, of which the peer's head is read line by line from a buffer that may be
// smaller than the head.
#pragma once

#include <stdint.h>

#include "whit/wire/accept_key.h"

namespace whit::http {

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
  };
};

}  // namespace whit::http
