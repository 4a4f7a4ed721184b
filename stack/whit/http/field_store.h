// SPDX-License-Identifier: MIT
// The fields of a request, and the store of those that an application may ask for after their lines are gone. The store
// is packed at the front of the receive buffer: for each field its number (one byte), a size (two bytes) and the value.
// A value is never longer than the line it came from, so the store grows no faster than what is read is consumed.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/http/head.h"

namespace whit::http {

// Positions in the list of names (server.cpp); the target is no field.
enum class RequestField : size_t {
  kHost,
  kOrigin,
  kProtocols,
  kKey,
  kUpgrade,
  kConnection,
  kVersion,
  kExtensions,
  kContentLength,
  kTransferEncoding,
  kExpect,
  kAuthorization,
  kCookie,
  kTarget,
  kContentType = 0xFF,  // behind all that an application asks for by name
};

constexpr size_t kMaxKeptSize = 0xFFFF;

// `value` lies in the same buffer, above all that is kept. False: longer than kMaxKeptSize.
bool keep(Head* head, uint8_t* buffer, RequestField field, const Text& value);

// The value of the field, after `skipped` others of the same number; empty, with a null pointer, if there is none.
Text kept(const Head& head, const uint8_t* buffer, RequestField field, size_t skipped = 0);

}  // namespace whit::http
