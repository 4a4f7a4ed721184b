// SPDX-License-Identifier: MIT
// Reconnect: keeps the connection of a client up, whatever its network and its server do. A state machine beside the
// loop: nothing blocks, every wait has an end, and every state is left at once by each of the three calls.
//
//   static whit::Client client{loop};
//   static whit::Reconnect reconnect{client, network, options};  // the options of the client
//   ...
//   if (reconnect.start(board::now_ms()) != whit::Status::kOk) ...
//   for (;;) {
//     const uint32_t now_ms = board::wait(reconnect.wait_ms(loop.wait_ms()));
//     reconnect.poll(now_ms);
//     while (const whit::Event event = loop.poll(now_ms)) {
//       reconnect.on_event(event);
//       ...                                                      // the application's own use of the event
//     }
//   }
//
// Every attempt ends with kClose (and kError before it) like any connection, so the application sees each of them; its
// handle of an old connection never names the new one. Sessions of TLS are resumed by the network beneath.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/client.h"
#include "whit/event.h"
#include "whit/network.h"
#include "whit/options.h"
#include "whit/status.h"

namespace whit {

// The waits between attempts. The first one is `min_wait_ms` and a random part of up to `random_range_ms`. Each further
// attempt that fails doubles the wait before it and adds a new random part, `max_doublings` times; from then on the
// wait stays. These are RetryBackOffWaitMinimum, RetryBackOffRandomRange and RetryBackOffRepeatTimes of OCPP 2.0.1
// (Part 4, 5.3), in milliseconds. The random part keeps the clients of a server that was restarted from coming at once.
struct ReconnectTimes {
  uint32_t min_wait_ms = 1000;
  uint32_t random_range_ms = 1000;
  uint32_t max_doublings = 5;
  uint32_t reset_after_ms = 30000;  // a connection that was open for so long makes the next wait the first one again
};

// The step that follows the end of a connection.
enum class AfterEnd : uint8_t {
  kWait,    // an attempt after the next wait
  kAtOnce,  // an attempt at once; if the last wait was not followed by a good period, after the next wait
  kStop,    // nothing: the server does not want this client, and asking again would not change that
};

// One row: the codes `first` to `last` of an end by the peer at `where`: Cause::kClosing with a close code,
// Cause::kHandshake with an HTTP status. The first row that fits decides; without one it is kWait.
struct ReconnectRule {
  Cause::Where where;
  uint16_t first;
  uint16_t last;
  AfterEnd action;
};

// kStop: the statuses 401, 403, 404, 410; the close codes 4401, 4403, 4404 (private use, with the meaning of those
// statuses). kAtOnce: the close code 1012, service restart.
extern const ReconnectRule kReconnectRules[];
extern const size_t kReconnectRuleCount;

class Reconnect {
 public:
  // Where it stands.
  enum class State : uint8_t {
    kStopped,     // before start(), after stop(), and after a rule said kStop
    kWaiting,     // for the time of the next attempt
    kConnecting,  // an attempt is under way
    kOpen,
  };

  // Longest wait, whatever the times and the server's Retry-After say: 2^30 ms, twelve days.
  static constexpr uint32_t kLongestWaitMs = uint32_t{1} << 30;

  // All three must live as long as this object. `network` is asked for random bytes. `options.url` is written when
  // there are several URLs, and nothing else.
  constexpr Reconnect(Client& client, Network& network, ClientOptions& options)
      : client_(client), network_(network), options_(options) {}
  Reconnect(const Reconnect&) = delete;
  Reconnect& operator=(const Reconnect&) = delete;

  ReconnectTimes times;                          // of the waits
  const ReconnectRule* rules = kReconnectRules;  // the step after each end
  size_t rule_count = kReconnectRuleCount;       // of `rules`
  // Several URLs of the same service. When an attempt does not open a connection, the next URL is tried at once; the
  // wait comes after the last one. A connection that was open and is lost begins with its own URL. None: options.url.
  const Text* urls = nullptr;
  size_t url_count = 0;

  // Begins with an attempt at once. `now_ms` is the clock of poll().
  //  kOk      an attempt has begun, or begins when there is a slot
  //  kInUse   started already
  //  others   as Client::connect() says; stays stopped
  Status start(uint32_t now_ms);

  // Three calls, legal in every state and inside every event:
  //
  // stop() ends the connection in order and makes no other one, until start() or reconnect().
  void stop(uint16_t code = close_code::kNormalClosure);
  // disconnect() ends this connection in order, so that a load balancer may choose another server for the next one; the
  // attempt follows after the usual wait. Without a connection it does nothing.
  void disconnect(uint16_t code = close_code::kGoingAway);
  // reconnect() aborts a connection or a wait and makes a new attempt in the next turn, with the first wait after it:
  // for a link that has changed. After stop() it starts again.
  void reconnect();

  // Once per turn, before the events of Loop::poll(): begins an attempt whose time has come.
  void poll(uint32_t now_ms);
  // For each event of the loop, those of other connections included.
  void on_event(const Event& event);
  // The longest sleep before the next turn in milliseconds, of the two: `loop_wait_ms` is Loop::wait_ms().
  uint32_t wait_ms(uint32_t loop_wait_ms) const;

  // Optional, and linked when named: a server's Retry-After (RFC 9110, 10.2.3) is the least wait after its refusal. One
  // that is a date is compared with the Date of the same answer, so that no clock is asked; without Date it is passed
  // over. To be called by the application's function ClientOptions::on_response_field.
  void on_response_field(WebSocket socket, Text name, Text value);

  State state() const { return state_; }  // where it stands now
  // The last attempt's connection; a handle that is over when there is none.
  WebSocket socket() const { return client_.socket(); }
  // The last back-off, or the present one, in milliseconds; 0 before the first. A Retry-After or a rule may have made
  // the wait itself another: wait_ms() tells.
  uint32_t last_wait_ms() const { return backoff_ms_; }
  // The last result of Client::connect(): why an attempt could not even begin.
  Status last_status() const { return status_; }

 private:
  bool attempt();
  AfterEnd rule_for(const Close& close) const;
  void begin_wait(bool at_once);
  uint32_t random_part();
  void set_due(uint32_t wait_ms);

  Client& client_;
  Network& network_;
  ClientOptions& options_;
  State state_ = State::kStopped;
  Status status_ = Status::kOk;
  bool opened_ = false;     // the connection of this attempt was open
  bool at_once_ = false;    // reconnect() ends it
  size_t url_ = 0;          // position of the URL of this attempt
  size_t failed_urls_ = 0;  // attempts in a row that did not open, since the last wait
  uint32_t waits_ = 0;      // since the last good period
  uint32_t backoff_ms_ = 0;
  uint32_t retry_after_ms_ = 0;
  int64_t retry_at_s_ = 0;  // Retry-After and Date of this attempt's answer, where they are dates; 0: not seen
  int64_t date_s_ = 0;
  uint32_t now_ms_ = 0;
  uint32_t due_ms_ = 0;     // kWaiting: of the next attempt
  uint32_t opened_ms_ = 0;  // kOpen: since when
};

}  // namespace whit
