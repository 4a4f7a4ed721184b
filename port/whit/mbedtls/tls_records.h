// SPDX-License-Identifier: MIT
// TlsRecords: the records of a handshake as Mbed TLS can read them. A message may be cut over records at any byte
// (RFC 8446, 5.1; RFC 5246, 6.2.1), but Mbed TLS 3.6 wants the four bytes of its header in one piece. So each message
// in the clear is handed on as a record with its header alone, and further ones with its bytes. Transcripts hash
// messages and not records, so that nothing else changes. Every other record passes as it came.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/transport.h"

namespace whit {

class TlsRecords {
 public:
  // Reads like Transport::read(), but a short read says nothing about the stream below.
  Transfer read(Transport* below, MutableBytes destination);

  // The first byte of the stream, which has been read already.
  void begin(uint8_t first_byte) {
    head_[0] = first_byte;
    record_head_ = 1;
  }

  // A message that is longer than WHIT_TLS_IN_BYTES was announced: read() says kFailed from then on.
  bool too_long() const { return too_long_; }

 private:
  static constexpr uint8_t kRecordHead = 5;   // type, version (2), length (2)
  static constexpr uint8_t kMessageHead = 4;  // type, length (3)

  Status fill(Transport* below, uint8_t* size, uint8_t wanted, uint16_t* left);
  Status next_record(Transport* below);
  Status next_message(Transport* below);
  void hand_on(uint8_t heads, uint16_t length);

  uint8_t head_[kRecordHead + kMessageHead] = {};
  uint8_t record_head_ = 0;   // bytes of the record's head that have come
  uint8_t message_head_ = 0;  // bytes of the message's head that have come
  uint8_t given_ = 0;         // of head_, and how many are to be given
  uint8_t to_give_ = 0;
  uint16_t to_pass_ = 0;       // bytes of the present record that pass as they are
  uint16_t record_left_ = 0;   // bytes of the peer's record that have not been read
  uint32_t message_left_ = 0;  // bytes of the message that have not been handed on
  bool too_long_ = false;
};

}  // namespace whit
