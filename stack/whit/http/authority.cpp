// SPDX-License-Identifier: MIT
#include "whit/http/authority.h"

#include "whit/http/scan.h"

namespace whit::http {
namespace {

// RFC 3986 section 3.2.2: four decimal numbers up to 255 without leading zeros.
bool take_ipv4(Text* text) {
  unsigned octets = 0;
  do {
    ++octets;
    if (take(text, '0')) continue;
    const uint32_t octet = take_number(text);
    if (octet == 0 || octet > 255) return false;
  } while (take(text, '.'));
  return octets == 4;
}

}  // namespace

bool take_url_chars(Text* text, uint32_t classes) {
  do {
    skip_class(text, classes);
    if (!take(text, '%')) return true;
  } while (skip_class(text, kHexDigit) >= 2);
  return false;
}

bool take_ipv6(Text* text) {
  unsigned groups = 0;
  bool shortened = false;
  for (;;) {
    const bool zeros = skip_pattern(text, "::");  // stands for groups of zeros, once
    if (zeros && shortened) return false;
    shortened |= zeros;
    if (!zeros && groups != 0 && !take(text, ':')) break;
    const Text group = *text;
    const size_t digits = skip_class(text, kHexDigit);
    if (digits == 0 && zeros) break;  // nothing has to follow it
    if (digits == 0 || digits > 4) return false;
    ++groups;
    if (text->empty() || (*text)[0] != '.') continue;
    // An IPv4 address, which began with this group, is the last and worth two.
    *text = group;
    if (!take_ipv4(text)) return false;
    ++groups;
    break;
  }
  return shortened ? groups < 8 : groups == 8;
}

bool take_authority(Text* text, Authority* out) {
  out->host = *text;
  if (take(text, '[')) {
    if (!take_ipv6(text) || !take(text, ']')) return false;
  } else if (!take_url_chars(text, kHostChar)) {  // a name; an IPv4 address is one by its characters
    return false;
  }
  out->host.size -= text->size;
  out->port = 0;
  if (out->host.empty()) return false;
  if (!take(text, ':')) return true;
  const size_t left = text->size;
  const uint32_t port = take_number(text);
  out->port = static_cast<uint16_t>(port);
  return port != 0 ? port != kNumberTooLarge : text->size == left;
}

bool take_origin(Text* url, const char* scheme, Origin* out) {
  if (!skip_pattern(url, scheme)) return false;
  out->secure = skip_pattern(url, "s");
  if (!skip_pattern(url, "://") || !take_authority(url, out)) return false;
  return url->empty() || (*url)[0] == '/' || (*url)[0] == '?';
}

}  // namespace whit::http
