// SPDX-License-Identifier: MIT
#include "whit/check_url.h"

#include "whit/http/authority.h"
#include "whit/http/scan.h"
#include "whit/http/url.h"

namespace whit {

namespace {

// Position of the first of several characters, or the size of the text.
size_t find_any(const Text& text, Text wanted) {
  size_t at = 0;
  while (at < text.size && http::find(wanted, text[at]) == wanted.size) ++at;
  return at;
}

// `host` is what stands before the port, the path or the query.
UrlProblem check_host(Text host, size_t position) {
  if (host.empty()) return {UrlPart::kHost, position, "there is no host"};
  if (host[0] == '[') {
    const size_t zone = http::find(host, '%');
    if (zone != host.size) return {UrlPart::kHost, position + zone, "a zone of an IPv6 address is not supported"};
    Text rest = host.from(1);
    if (http::take_ipv6(&rest) && http::match_all(&rest, "]")) return {};
    return {UrlPart::kHost, position, "not an IPv6 address in brackets"};
  }
  Text rest = host;
  (void)http::skip_class(&rest, http::kHostChar);
  const size_t at = host.size - rest.size;
  if (rest.empty()) return {};
  if (rest[0] == '%') return {UrlPart::kHost, position + at, "a host name must not be percent-encoded"};
  return {UrlPart::kHost, position + at, "a character that a host name cannot have"};
}

UrlProblem check_port(Text port, size_t position) {
  Text rest = port;
  const uint32_t number = http::take_number(&rest);
  if (rest.empty() && (port.empty() || (number != 0 && number != http::kNumberTooLarge))) return {};
  return {UrlPart::kPort, position, "the port is not a number from 1 to 65535"};
}

UrlProblem check_resource(Text resource, size_t position) {
  Text rest = resource;
  const bool decodes = http::take_url_chars(&rest, http::kUrlChar);
  size_t at = position + (resource.size - rest.size);
  if (!decodes) {  // taken up to the digits that are wrong
    while (resource[at - position - 1] != '%') --at;
    return {UrlPart::kResource, at - 1, "a % without two hexadecimal digits"};
  }
  if (rest.empty()) return {};
  if (rest[0] == '#') return {UrlPart::kFragment, at, "a fragment is not allowed"};
  return {UrlPart::kResource, at, "a character that must be percent-encoded"};
}

}  // namespace

UrlProblem check_url(Text url) {
  Text rest = url;
  if (!http::skip_pattern(&rest, "ws://") && !http::skip_pattern(&rest, "wss://")) {
    return {UrlPart::kScheme, 0, "a URL begins with ws:// or wss://"};
  }
  const size_t begin = url.size - rest.size;
  const Text authority = rest.first(find_any(rest, "/?#"));
  const size_t at = http::find(authority, '@');
  if (at != authority.size) {
    return {UrlPart::kUserInformation, begin, "a user name or password does not belong into a URL"};
  }
  // The colons of an IPv6 address are before its bracket.
  const size_t bracket = authority.empty() || authority[0] != '[' ? 0 : http::find(authority, ']');
  const size_t host_size = bracket + find_any(authority.from(bracket), ":");
  const UrlProblem host = check_host(authority.first(host_size), begin);
  if (host.part != UrlPart::kNone) return host;
  if (host_size != authority.size) {
    const UrlProblem port = check_port(authority.from(host_size + 1), begin + host_size + 1);
    if (port.part != UrlPart::kNone) return port;
  }
  return check_resource(rest.from(authority.size), begin + authority.size);
}

}  // namespace whit
