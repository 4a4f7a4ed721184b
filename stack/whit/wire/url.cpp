// SPDX-License-Identifier: MIT
#include "whit/wire/url.h"

#include "whit/wire/scan.h"

namespace whit::wire {
namespace {

constexpr Text kSchemes("ws,wss");

// RFC 3986 sections 3.3 and 3.4. A path cannot hold "?", but there the query has begun. "#" is not among the
// characters: RFC 6455 section 3 forbids fragments.
constexpr Text kOthersOfResource("/?:@");

}  // namespace

bool parse_url(Text url, Url* out) {
  // RFC 6455 section 3: the connection is secure exactly when the scheme is wss.
  if (!take_scheme(&url, kSchemes, &out->secure)) return false;
  const Text authority = url.first(authority_size(url));
  Text resource = url.from(authority.size);
  // The resolver gets the host as it is, so it must not be encoded.
  if (!parse_authority(authority, out) || find(authority, '%') != authority.size) return false;
  if (!are_url_chars(resource, kOthersOfResource)) return false;
  // RFC 6455 section 3: 80 and 443. RFC 3986 section 3.2.3: an empty port is as good as none.
  const uint16_t usual = out->secure ? 443 : 80;
  if (out->port == 0) out->port = usual;
  // RFC 6455 section 4.1: the Host field names the port when it is not the default.
  if (out->port != usual) out->written_host = authority;
  // RFC 6455 section 3: "?" only before a query that is not empty, and "/" for an empty path.
  if (find(resource, '?') + 1 == resource.size) --resource.size;
  take(&resource, '/');
  out->resource = resource;
  return true;
}

}  // namespace whit::wire
