// SPDX-License-Identifier: MIT
#include "values.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

namespace whitcat {

namespace {

constexpr size_t kMaxFileBytes = size_t{4} << 20;  // the system's authorities are about 220 KB
constexpr size_t kMaxReasonBytes = 123;            // RFC 6455, 5.5 and 5.5.1
constexpr double kMaxSeconds = 2000000;

[[noreturn]] void refuse(std::string_view option, std::string_view value, std::string_view why) {
  give_up(Exit::kUsage, std::string(option) + " " + std::string(value) + ": " + std::string(why));
}

// RFC 9110, 5.6.2
bool is_token(std::string_view text) {
  for (const char c : text) {
    const char letter = static_cast<char>(c | 0x20);
    const bool alphanumeric = (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9');
    if (!alphanumeric && (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == nullptr)) return false;
  }
  return !text.empty();
}

bool has_control(std::string_view text) {
  for (const char c : text) {
    if (c == 0x7F || (static_cast<unsigned char>(c) < ' ' && c != '\t')) return true;
  }
  return false;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return out;
}

bool belongs_to_handshake(std::string_view name) {
  const std::string own = lower(name);
  for (const char* each : {"host", "origin", "upgrade", "connection", "content-length", "transfer-encoding"}) {
    if (own == each) return true;
  }
  return own.rfind("sec-websocket-", 0) == 0;
}

void add_field(std::string line, std::vector<std::string>* fields) {
  if (!line.empty() && line.back() == '\r') line.pop_back();
  const size_t colon = line.find(':');
  if (colon == std::string::npos) refuse("--header", line, "there is no colon; a field is 'Name: value'");
  const std::string name = line.substr(0, colon);
  if (!is_token(name)) refuse("--header", name, "not the name of a field: letters, digits and hyphens, then a colon");
  if (has_control(line)) refuse("--header", name, "a line end or control character in the value");
  if (lower(name) == "origin") refuse("--header", name, "use --origin");
  if (lower(name) == "sec-websocket-protocol") refuse("--header", name, "use --protocol");
  if (belongs_to_handshake(name)) refuse("--header", name, "this field belongs to the opening handshake");
  const size_t begin = line.find_first_not_of(" \t", colon + 1);
  const size_t end = line.find_last_not_of(" \t");
  fields->push_back(name + ": " + (begin == std::string::npos ? "" : line.substr(begin, end + 1 - begin)));
}

// RFC 6455, 7.4.1 and 7.4.2
bool may_be_sent(unsigned long code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

// A number of digits alone; `limit` + 1 stands for anything else.
unsigned long number(const std::string& text, unsigned long limit) {
  if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string::npos) return limit + 1;
  const unsigned long value = strtoul(text.c_str(), nullptr, 10);
  return value <= limit ? value : limit + 1;
}

bool is_hex(char c) { return isxdigit(static_cast<unsigned char>(c)) != 0; }

// RFC 3986, 2.1
std::string percent_decoded(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool encoded = text[i] == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2]);
    out += encoded ? static_cast<char>(strtoul(text.substr(i + 1, 2).c_str(), nullptr, 16)) : text[i];
    i += encoded ? 2 : 0;
  }
  return out;
}

}  // namespace

std::string read_file(std::string_view option, const std::string& name) {
  const int file = open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) refuse(option, name, std::string("cannot be opened: ") + strerror(errno));
  std::string bytes;
  char part[16384];
  ssize_t got = 1;
  while (got > 0 && bytes.size() <= kMaxFileBytes) {
    got = read(file, part, sizeof part);
    if (got > 0) bytes.append(part, static_cast<size_t>(got));
  }
  const int error = errno;
  close(file);
  if (got < 0) refuse(option, name, std::string("cannot be read: ") + strerror(error));
  if (bytes.size() > kMaxFileBytes) refuse(option, name, "is longer than 4 MiB");
  if (bytes.empty()) refuse(option, name, "is empty");
  return bytes;
}

std::string value_or_file(std::string_view option, const std::string& value) {
  if (value.empty() || value[0] != '@') return value;
  std::string content = read_file(option, value.substr(1));
  while (!content.empty() && (content.back() == '\n' || content.back() == '\r')) content.pop_back();
  return content;
}

void add_header(const std::string& value, std::vector<std::string>* fields) {
  if (value.empty() || value[0] != '@') return add_field(value, fields);
  std::string lines = value_or_file("--header", value) + '\n';
  for (size_t begin = 0, end = 0; (end = lines.find('\n', begin)) != std::string::npos; begin = end + 1) {
    if (end != begin) add_field(lines.substr(begin, end - begin), fields);
  }
}

void add_cookie(const std::string& value, std::vector<std::string>* cookies) {
  const std::string cookie = value_or_file("--cookie", value);
  const size_t equals = cookie.find('=');
  if (equals == std::string::npos || !is_token(cookie.substr(0, equals))) {
    refuse("--cookie", value, "a cookie is NAME=VALUE");
  }
  if (has_control(cookie) || cookie.find_first_of(" \t\";,\\", equals) != std::string::npos) {
    refuse("--cookie", value, "a value has no white space and none of \" ; , \\ (RFC 6265, 4.1.1)");
  }
  cookies->push_back(cookie);
}

void check_protocols(const std::vector<std::string>& protocols) {
  for (size_t i = 0; i < protocols.size(); ++i) {
    if (!is_token(protocols[i])) refuse("--protocol", protocols[i], "not a token: no spaces, no commas");
    for (size_t j = 0; j < i; ++j) {
      if (protocols[i] == protocols[j]) refuse("--protocol", protocols[i], "given twice");
    }
  }
}

std::string basic_credentials(const std::string& value) {
  const std::string credentials = value_or_file("--auth", value);
  // The value may be a password: it is not repeated.
  if (credentials.find(':') == std::string::npos)
    give_up(Exit::kUsage, "--auth: there is no colon; it is USER:PASSWORD");
  if (has_control(credentials)) give_up(Exit::kUsage, "--auth: a line end or control character (RFC 7617, 2)");
  return credentials;
}

// The value may have a password in it: it is not repeated.
Proxy read_proxy(const std::string& value) {
  constexpr std::string_view kScheme = "http://";
  std::string rest = value_or_file("--proxy", value);
  if (lower(rest.substr(0, kScheme.size())) != kScheme) {
    give_up(Exit::kUsage,
            "--proxy: it is http://[USER:PASSWORD@]HOST:PORT (the connection to the proxy itself has no TLS)");
  }
  rest.erase(0, kScheme.size());
  if (!rest.empty() && rest.back() == '/') rest.pop_back();
  Proxy proxy;
  const size_t at = rest.rfind('@');
  if (at != std::string::npos) {
    proxy.credentials = percent_decoded(rest.substr(0, at));
    if (proxy.credentials.find(':') == std::string::npos) give_up(Exit::kUsage, "--proxy: the user has no :PASSWORD");
    rest.erase(0, at + 1);
  }
  const size_t colon = rest.rfind(':');
  const std::string port = colon == std::string::npos ? "" : rest.substr(colon + 1);
  proxy.host = rest.substr(0, colon);
  if (proxy.host.size() > 2 && proxy.host.front() == '[' && proxy.host.back() == ']') {
    proxy.host = proxy.host.substr(1, proxy.host.size() - 2);
  } else if (proxy.host.find_first_of("/?#:[]@ ") != std::string::npos) {
    give_up(Exit::kUsage, "--proxy: the host is not valid, or there is something behind the port");
  }
  proxy.port = static_cast<uint16_t>(number(port, 65535));
  if (proxy.host.empty() || number(port, 65535) > 65535 || proxy.port == 0) {
    give_up(Exit::kUsage, "--proxy: a host and a port from 1 to 65535 are needed: http://HOST:PORT");
  }
  return proxy;
}

void read_close(const std::string& value, Options* options) {
  const size_t colon = value.find(':');
  const unsigned long code = number(value.substr(0, colon), 4999);
  if (!may_be_sent(code)) refuse("--close", value, "a code is 1000 to 1003, 1007 to 1014 or 3000 to 4999");
  options->close_code = static_cast<uint16_t>(code);
  if (colon == std::string::npos) return;
  options->close_reason = value.substr(colon + 1);
  if (options->close_reason.size() > kMaxReasonBytes) refuse("--close", value, "a reason has 123 bytes at most");
}

void read_listen(const std::string& value, Options* options) {
  const size_t colon = value.rfind(':');
  std::string address = colon == std::string::npos ? "127.0.0.1" : value.substr(0, colon);
  const unsigned long port = number(colon == std::string::npos ? value : value.substr(colon + 1), 65535);
  if (port > 65535) refuse("--listen", value, "the port is a number from 0 to 65535 ([ADDRESS:]PORT)");
  if (address.size() >= 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
  } else if (address.find(':') != std::string::npos) {
    refuse("--listen", value, "an IPv6 address needs brackets: [::1]:8080");
  }
  options->listens = true;
  options->listen_address = address;
  options->listen_port = static_cast<uint16_t>(port);
}

double seconds(std::string_view option, const std::string& value) {
  char* end = nullptr;
  const double number_of_seconds = strtod(value.c_str(), &end);
  const bool plain = !value.empty() && value.find_first_not_of("0123456789.") == std::string::npos;
  if (!plain || *end != '\0' || !(number_of_seconds >= 0 && number_of_seconds <= kMaxSeconds)) {
    refuse(option, value, "seconds are expected, 0 to 2000000");
  }
  return number_of_seconds;
}

}  // namespace whitcat
