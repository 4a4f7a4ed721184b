// SPDX-License-Identifier: MIT
// Redirect: follows the redirections 301, 302, 303, 307 and 308 of a server (RFC 9110, 15.4), with a limit. For the
// loop and for Reconnect the connection to the new URL is the same attempt.
//
//   static uint8_t urls[2 * 128];
//   static whit::Redirect redirect{client, options, {urls, sizeof urls}};
//   redirect.limit = 3;
//   options.on_response_field = [](whit::WebSocket socket, whit::Text name, whit::Text value) {
//     redirect.on_response_field(socket, name, value);
//   };
//   ...
//   while (const whit::Event event = loop.poll(now_ms)) {
//     redirect.on_event(event);  // first: inside kClose it connects to the new URL
//     ...
//   }
//
// Beside a Reconnect, so that what stop() says holds:
//
//     redirect.on_event(event, reconnect.state() == whit::Reconnect::State::kConnecting);
//     reconnect.on_event(event);
//
// A connection that is redirected ends with kError and kClose, with the status as their code, like any that is refused.
// A connection over TLS is never redirected to one without. Another host gets no `headers` and no `request_fields`:
// they may hold credentials. The same host is the same name and the same port (or wss on its default port in place of
// ws on its own), compared with the URL at which the attempt began.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/client.h"
#include "whit/event.h"
#include "whit/options.h"

namespace whit {

class Redirect {
 public:
  // How the last connection ended, as far as redirections go. After all but kFollowed the kClose event is the end of
  // the attempt, and its cause has the status.
  enum class Result : uint8_t {
    kNone,         // it ended in another way, or `limit` is 0
    kFollowed,     // the connection to the new URL has begun
    kTooMany,      // `limit` redirections were followed already, as a loop of them would make it
    kNoLocation,   // the answer had no Location, or one longer than a buffer
    kBadLocation,  // more than one Location, no URL of http, https, ws or wss, or one that connect() refuses
    kTooLong,      // the new URL does not fit half of the memory
    kInsecure,     // from wss to ws
    kNoSlot,       // Client::connect() had no slot: connections that were redirected linger in theirs
  };

  // All must live as long as this object. `memory` holds two URLs. `options` are those of Client::connect(): `url`,
  // `headers` and `request_fields` are changed when a redirection is followed, and put back when its connection ends.
  constexpr Redirect(Client& client, ClientOptions& options, MutableBytes memory)
      : client_(client), options_(options), memory_(memory) {}
  Redirect(const Redirect&) = delete;
  Redirect& operator=(const Redirect&) = delete;

  uint8_t limit = 0;  // redirections in one attempt; 0: none is followed
  // What another host gets as request_fields, such as those of a CookieJar, which knows hosts. nullptr: nothing.
  RequestFields foreign_fields = nullptr;

  // To be called by the application's function ClientOptions::on_response_field.
  void on_response_field(WebSocket socket, Text name, Text value);
  // For each event of the loop, before the application and Reconnect. `follow`: false ends the attempt here.
  void on_event(const Event& event, bool follow = true);

  Result result() const { return result_; }  // the outcome of the last answer

 private:
  Result follow(const Cause& cause);
  Result resolve(Text location, Text* out) const;
  bool is_foreign(Text url) const;
  void put_back();

  Client& client_;
  ClientOptions& options_;
  MutableBytes memory_;
  uint8_t followed_ = 0;  // in this attempt
  Result result_ = Result::kNone;
  Result found_ = Result::kNoLocation;  // kFollowed: next_ is the new URL
  Text next_;
  Text url_;  // of the attempt's beginning, as the two below, when one was followed
  Text headers_;
  RequestFields request_fields_ = nullptr;
};

// The result in a few words, such as "too many redirections".
Text to_text(Redirect::Result result);

}  // namespace whit
