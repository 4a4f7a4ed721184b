// SPDX-License-Identifier: MIT
#include "whit/http/deflate_parameters.h"

#include "whit/http/grammar.h"
#include "whit/http/scan.h"

namespace whit::http {
namespace {

constexpr uint8_t kLeastBits = 8;
constexpr uint8_t kMostBits = 15;

Text take_token(Text* list) {
  skip_class(list, kBlank);
  Text token = *list;
  token.size = skip_class(list, kTokenChar);
  skip_class(list, kBlank);
  return token;
}

// RFC 7692, 7.1.2.1: a number without leading zeros. RFC 6455, 9.1: it may be quoted. 0: it is none from 8 to 15.
uint8_t take_bits(Text* list) {
  skip_class(list, kBlank);
  const bool quoted = take(list, '"');
  unsigned value = 0;
  bool valid = true;
  while (!list->empty()) {
    if (quoted) take(list, '\\');
    Text digit = *list;
    if (skip_class(list, kTokenChar) == 0) break;
    digit.size -= list->size;
    for (size_t i = 0; i < digit.size; ++i) {
      valid = valid && digit[i] >= '0' && digit[i] <= '9' && (value != 0 || digit[i] != '0');
      value = value > kMostBits ? value : value * 10 + static_cast<unsigned>(digit[i] - '0');
    }
  }
  if (quoted) take(list, '"');
  skip_class(list, kBlank);
  return valid && value >= kLeastBits && value <= kMostBits ? static_cast<uint8_t>(value) : uint8_t{0};
}

bool set(bool* parameter, bool has_value) {
  const bool valid = !*parameter && !has_value;
  *parameter = true;
  return valid;
}

bool set(uint8_t* parameter, uint8_t bits) {
  const bool valid = *parameter == 0 && bits != 0;
  *parameter = bits;
  return valid;
}

bool take_parameter(Text* list, DeflateParameters* out) {
  Text name = take_token(list);
  const bool has_value = take(list, '=');
  const uint8_t bits = has_value ? take_bits(list) : uint8_t{0};
  if (match_all(&name, "server_no_context_takeover")) return set(&out->server_no_context_takeover, has_value);
  if (match_all(&name, "client_no_context_takeover")) return set(&out->client_no_context_takeover, has_value);
  if (match_all(&name, "server_max_window_bits")) return set(&out->server_max_window_bits, bits);
  if (match_all(&name, "client_max_window_bits")) {
    return set(&out->client_max_window_bits, has_value ? bits : DeflateParameters::kNoValue);
  }
  return false;
}

void put_bits(HeadWriter* head, const char* pattern, uint8_t bits) {
  if (bits == 0) return;
  const char digits[] = {'1', static_cast<char>('0' + bits % 10)};
  const Text number = bits < 10 ? Text(digits + 1, 1) : Text(digits, 2);
  head->put(pattern);
  if (bits != DeflateParameters::kNoValue) head->put("=\1", &number);
}

}  // namespace

Extension take_extension(Text* list, DeflateParameters* out) {
  skip_class(list, kBlank | kComma);
  if (list->empty()) return Extension::kNone;
  Text name = take_token(list);
  *out = {};
  Extension result = match_all(&name, "permessage-deflate") ? Extension::kDeflate : Extension::kOther;
  while (take(list, ';')) {
    const bool valid = take_parameter(list, out);
    if (!valid && result == Extension::kDeflate) result = Extension::kInvalid;
  }
  return result;
}

void put_deflate(HeadWriter* head, const DeflateParameters& parameters) {
  head->put("\r\nSec-WebSocket-Extensions: permessage-deflate");
  if (parameters.server_no_context_takeover) head->put("; server_no_context_takeover");
  if (parameters.client_no_context_takeover) head->put("; client_no_context_takeover");
  put_bits(head, "; server_max_window_bits", parameters.server_max_window_bits);
  put_bits(head, "; client_max_window_bits", parameters.client_max_window_bits);
}

}  // namespace whit::http
