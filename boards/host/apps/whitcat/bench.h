// SPDX-License-Identifier: MIT
// `whitcat --bench URL`: messages per second of a server that echoes, and the time that each echo takes.
#pragma once

#include <stdint.h>

#include <deque>
#include <string>
#include <vector>

#include "console.h"
#include "engine.h"
#include "options.h"
#include "request.h"
#include "whit/client.h"

namespace whitcat {

class Bench {
 public:
  Bench(const Options& options, Engine* engine, Console* console);

  Exit run();

 private:
  void on_event(const whit::Event& event);
  void send_more(const whit::WebSocket& socket);
  void on_message(const whit::WebSocket& socket, const whit::Message& piece);
  void fail(const whit::WebSocket& socket, const char* why);
  void show_progress();
  void report();
  uint64_t percentile(double part) const;

  const Options& options_;
  Engine& engine_;
  Console& console_;
  Request request_;
  whit::Client client_;

  const uint64_t count_;
  std::string payload_;
  uint64_t offset_ = 0;             // of the message that is being sent
  uint64_t sent_ = 0;               // messages
  std::deque<uint64_t> begins_ns_;  // of those on their way
  std::vector<uint64_t> times_ns_;  // of the echoes so far
  uint64_t begin_ns_ = 0;
  uint64_t end_ns_ = 0;
  uint64_t shown_ns_ = 0;
  bool progress_;
  bool ended_ = false;
  Exit exit_ = Exit::kClean;
};

}  // namespace whitcat
