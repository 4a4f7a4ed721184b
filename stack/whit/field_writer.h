// SPDX-License-Identifier: MIT
// FieldWriter: header fields that an application adds to the request of its client, written piece by piece where they
// belong: no string is put together (ClientOptions::request_fields).
//
//   void fields(const whit::ClientOptions&, whit::FieldWriter out) {
//     out.put("X-Device", serial_number);
//     out.begin("Authorization");
//     out.add("Bearer ");
//     out.add(token);
//   }
//
// addons/whit/credentials.h and cookie_jar.h write the usual ones.
#pragma once

#include "whit/bytes.h"

namespace whit {

namespace http {
struct HeadWriter;
}

class FieldWriter {
 public:
  explicit FieldWriter(http::HeadWriter* head) : head_(head) {}  // of the client

  // A whole field.
  void put(Text name, Text value) const {
    begin(name);
    add(value);
  }
  // Begins a field. Refused, so that connect() says kInvalidArgument: a name that is no token (RFC 9110, 5.6.2) or
  // belongs to the handshake (Host, Origin, Upgrade, Connection, Sec-WebSocket-..., Content-Length, Transfer-Encoding).
  void begin(Text name) const;
  // Adds to the value of the field begun last. Refused: a control character but tab, such as CR, LF and NUL (RFC 9110,
  // 5.5), and a value without a field.
  void add(Text piece) const;
  // What the application has to write is not valid for a reason of its own.
  void refuse() const;

 private:
  http::HeadWriter* head_;
};

}  // namespace whit
