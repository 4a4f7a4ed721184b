// SPDX-License-Identifier: MIT
// The request that opens a connection, as the command line describes it.
#pragma once

#include <string>
#include <vector>

#include "options.h"
#include "whit/cookie_jar.h"
#include "whit/field_writer.h"
#include "whit/options.h"

namespace whitcat {

// The options of Whit's client, and all that they point to. Those of the command line must stay.
class Request {
 public:
  explicit Request(const Options& options);
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  whit::ClientOptions& options() { return options_; }

  // What another host gets after a redirection: the cookies that it has set itself.
  static void write_foreign_fields(const whit::ClientOptions& options, whit::FieldWriter out);

  // Cookies of answers come back with the next request, as a load balancer expects of those that connect again.
  void on_response_field(whit::WebSocket socket, whit::Text name, whit::Text value) {
    jar_.on_response_field(options_, socket, name, value);
  }
  void poll(uint32_t now_ms) { jar_.poll(now_ms); }  // not while a connection opens

 private:
  static constexpr size_t kCookies = 20;
  static constexpr size_t kCookieBytes = 4400;  // RFC 6265, 6.1, with domain and path

  // For the function that writes the fields.
  struct Written : whit::ClientOptions {
    const Request* request = nullptr;
  };
  static void write_fields(const whit::ClientOptions& options, whit::FieldWriter out);

  const Options& command_line_;
  std::vector<whit::Text> protocols_;
  std::vector<whit::Cookie> cookies_;
  whit::CookieMemory<kCookies, kCookieBytes> cookie_memory_;
  whit::CookieJar jar_{cookie_memory_};
  Written options_;
};

// Deadlines and pings, for both roles.
void set_times(const Options& options, whit::ConnectionOptions* out);

// A string as Whit sees it, valid as long as the string is.
inline whit::Text as_text(const std::string& text) { return {text.data(), text.size()}; }

}  // namespace whitcat
