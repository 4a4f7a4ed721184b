// SPDX-License-Identifier: MIT
#include "whit/wire/url.h"

#include "whit/wire/host.h"
#include "whit/wire/scan.h"

namespace whit::wire {
namespace {

constexpr Text kSchemes("ws,wss");

// RFC 3986 sections 3.3 and 3.4. A path cannot hold "?", but there the query has begun. "#" is not among the
// characters: RFC 6455 section 3 forbids fragments.
constexpr Text kOthersOfResource("/?:@");

// Sets what the authority says: everything about host and port.
bool set_host(const Text& text, Url* out) {
  Authority authority;
  // The resolver gets the host as it is, so it must not be encoded.
  if (!parse_authority(text, &authority) || find(text, '%') != text.size) return false;
  out->host = authority.host;
  // RFC 6455 section 3: 80 and 443. RFC 3986 section 3.2.3: an empty port is as good as none.
  const uint16_t usual = out->secure ? 443 : 80;
  out->port = authority.port != 0 ? authority.port : usual;
  // RFC 6455 section 4.1: the Host field names the port when it is not the default.
  out->host_field = out->port == usual ? authority.written_host : text;
  return true;
}

}  // namespace

Status parse_url(Text url, Url* out) {
  // RFC 6455 section 3: the connection is secure exactly when the scheme is wss.
  if (!take_scheme(&url, kSchemes, &out->secure)) return Status::kInvalidArgument;
  const size_t authority = authority_size(url);
  Text resource = url.from(authority);
  if (!set_host(url.first(authority), out) || !are_url_chars(resource, kOthersOfResource)) {
    return Status::kInvalidArgument;
  }
  // RFC 6455 section 3: "?" only before a query that is not empty, and "/" for an empty path.
  if (find(resource, '?') + 1 == resource.size) --resource.size;
  take(&resource, '/');
  out->resource = resource;
  return Status::kOk;
}

}  // namespace whit::wire
