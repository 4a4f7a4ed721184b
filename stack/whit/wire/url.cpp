// SPDX-License-Identifier: MIT
#include "whit/wire/url.h"

#include "whit/wire/host.h"
#include "whit/wire/http_head.h"

namespace whit::wire {
namespace {

// The position of the first of two characters from `at` on, or the size of the text.
size_t find_either(Text text, size_t at, char one, char other) {
  while (at < text.size && text[at] != one && text[at] != other) ++at;
  return at;
}

// Takes the scheme off the front. RFC 3986 section 3.1: without regard to case.
bool take_scheme(Text* url, bool* secure) {
  size_t end = 0;
  while (end < url->size && (*url)[end] != ':') ++end;
  const Text scheme = url->first(end);
  *secure = equals_ignore_case(scheme, "wss");
  if (!*secure && !equals_ignore_case(scheme, "ws")) return false;
  *url = url->from(end);
  if (url->size < 3 || (*url)[1] != '/' || (*url)[2] != '/') return false;
  *url = url->from(3);
  return true;
}

// RFC 3986 sections 3.3 and 3.4. A path cannot hold "?", but there the query has begun. "#" is not among the
// characters: RFC 6455 section 3 forbids fragments.
bool valid_path_and_query(Text text) {
  for (size_t i = 0; i < text.size;) {
    size_t size = url_char_size(text.from(i));
    const char c = text[i];
    if (c == '/' || c == '?' || c == ':' || c == '@') size = 1;
    if (size == 0) return false;
    i += size;
  }
  return true;
}

// Sets what the authority says: everything about host and port.
bool take_authority(Text text, Url* out) {
  Authority authority;
  if (!parse_authority(text, &authority)) return false;
  out->host = authority.host;
  out->ipv6_literal = authority.ipv6_literal;
  // The resolver gets the host as it is, so it must not be encoded.
  if (find_either(out->host, 0, '%', '%') != out->host.size) return false;
  // RFC 6455 section 3: 80 and 443. RFC 3986 section 3.2.3: an empty port is as good as none.
  const uint16_t usual = out->secure ? 443 : 80;
  out->port = usual;
  if (!authority.port.empty() && !parse_port(authority.port, &out->port)) return false;
  out->default_port = out->port == usual;
  // RFC 6455 section 4.1: the Host field names the port when it is not the default.
  out->host_field = out->default_port ? authority.written_host : text;
  return out->port != 0;
}

}  // namespace

Status parse_url(Text url, Url* out) {
  if (!take_scheme(&url, &out->secure)) return Status::kInvalidArgument;
  const size_t authority_end = find_either(url, 0, '/', '?');
  if (!take_authority(url.first(authority_end), out)) return Status::kInvalidArgument;
  Text resource = url.from(authority_end);
  if (!valid_path_and_query(resource)) return Status::kInvalidArgument;
  const size_t path_end = find_either(resource, 0, '?', '?');
  out->path = resource.first(path_end);
  out->query = path_end < resource.size ? resource.from(path_end + 1) : Text();
  // RFC 6455 section 3: "/" for an empty path, and "?" only before a query that is not empty.
  if (out->query.empty()) resource = out->path;
  out->needs_slash = out->path.empty() && !resource.empty();
  out->resource = resource.empty() ? Text("/") : resource;
  return Status::kOk;
}

}  // namespace whit::wire
