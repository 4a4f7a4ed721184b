// SPDX-License-Identifier: MIT
#include "whit/same_host.h"

#include <stdint.h>

#include "whit/url_reference.h"

namespace whit {

namespace {

bool take_scheme(Text* origin, Text scheme) {
  if (origin->size < scheme.size || !same_but_for_case(origin->first(scheme.size), scheme)) return false;
  *origin = origin->from(scheme.size);
  return true;
}

Text host_of(Text authority) {
  UrlReference url;
  url.authority = authority;
  return url.host();
}

// RFC 3986, 3.2.3: nothing behind the colon stands for the usual port. 0: it is no port.
uint32_t port_of(Text authority, uint32_t usual) {
  const Text rest = authority.from(host_of(authority).size);
  if (rest.size <= 1) return usual;
  uint32_t port = 0;
  for (size_t i = 1; i < rest.size; ++i) {
    if (rest[i] < '0' || rest[i] > '9') return 0;
    port = port * 10 + static_cast<uint32_t>(rest[i] - '0');
    if (port > 0xFFFF) return 0;
  }
  return port;
}

// RFC 3986, 3.2.2: four numbers with dots between. A name whose last part is a number does not exist (RFC 3696, 2).
bool is_address(Text host) {
  if (host.empty()) return false;
  if (host[0] == '[') return true;
  size_t dots = 0;
  for (size_t i = 0; i < host.size; ++i) {
    if (host[i] == '.') {
      ++dots;
    } else if (host[i] < '0' || host[i] > '9') {
      return false;
    }
  }
  return dots == 3;
}

}  // namespace

bool is_same_host(const Request& request, bool secure) {
  Text origin = request.origin;
  uint32_t usual = 443;
  if (!take_scheme(&origin, "https://")) {
    if (secure || !take_scheme(&origin, "http://")) return false;
    usual = 80;
  }
  // RFC 6454, 6.2: an Origin ends with its port. The host of the request was checked by the server (RFC 9112, 3.2), so
  // an equal one is a valid one.
  const Text host = host_of(origin);
  const uint32_t port = port_of(origin, usual);
  return !host.empty() && port != 0 && port == port_of(request.host, usual) &&
         same_but_for_case(host, host_of(request.host));
}

bool is_known_host(const Request& request, const Text* names, size_t count) {
  const Text host = host_of(request.host);
  bool known = is_address(host);
  for (size_t i = 0; i < count; ++i) known = known || same_but_for_case(host, names[i]);
  return known;
}

}  // namespace whit
