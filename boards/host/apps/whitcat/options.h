// SPDX-License-Identifier: MIT
// The command line: what was asked for, checked as far as that is possible without a network.
#pragma once

#include <stdint.h>

#include <string>
#include <string_view>
#include <vector>

#include "exit_code.h"

namespace whitcat {

struct Proxy {
  std::string host;  // empty: none
  uint16_t port = 0;
  std::string credentials;  // "user:password", empty: none
};

struct Options {
  std::string url;

  bool binary = false;
  uint64_t size = 0;  // bytes of a message: of --bench, and into which --binary cuts its input; 0: not given
  bool once = false;
  uint64_t count = 0;  // messages; 0: no limit
  double wait_s = 1;   // silence after the end of the input that ends the connection; below 0: none does
  double timeout_s = 0;

  std::vector<std::string> headers;  // lines "Name: value"
  std::vector<std::string> cookies;
  std::vector<std::string> protocols;
  bool require_protocol = false;
  std::string auth;  // "user:password"; empty: none
  std::string origin;
  std::string ca, certificate, key;  // names of files
  bool insecure = false;
  Proxy proxy;
  unsigned redirects = 0;
  double ping_s = -1;  // below 0: as Whit has it

  uint16_t close_code = 1000;
  std::string close_reason;
  bool reconnect = false;
  bool json = false;
  bool verbose = false;

  bool listens = false;
  std::string listen_address;
  uint16_t listen_port = 0;
  bool echo = false;

  bool bench = false;
  unsigned window = 1;  // messages on their way at once
};

// Reads the command line. --help, --version and whatever is wrong end the program here.
Options parse_options(int argc, char** argv);

// Ends the program with one line "whitcat: ...".
[[noreturn]] void give_up(Exit code, std::string_view why);

}  // namespace whitcat
