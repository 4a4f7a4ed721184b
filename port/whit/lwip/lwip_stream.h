// SPDX-License-Identifier: MIT
// LwipStream: the state of a TCP connection in lwIP's callbacks, whether it waits for accept() or is in use. Received
// packets stay in lwIP's own buffers, at most a few per connection; the others are refused and lwIP delivers them
// again.
//
// The callbacks of lwIP only change the state here and announce the connection; nothing of Whit runs in them.
#pragma once

#include <stdint.h>

#include "lwip/opt.h"

// A macro `send` or `close` would rename the functions of Whit wherever it is seen. lwIP can give the same names as
// real functions. (With NO_SYS=1 there are no sockets, and nothing to do.)
#if LWIP_SOCKET && LWIP_COMPAT_SOCKETS == 1
#error \
    "Whit: lwIP's socket names are macros (send, close, ...). Set LWIP_COMPAT_SOCKETS to 2 (functions) or 0 in lwipopts.h"
// So that this stays the only message, whether lwip/sockets.h was included before or comes later:
#undef LWIP_COMPAT_SOCKETS
#define LWIP_COMPAT_SOCKETS 2
#undef accept
#undef bind
#undef close
#undef connect
#undef listen
#undef poll
#undef read
#undef recv
#undef select
#undef send
#undef shutdown
#undef socket
#undef write
#endif

#include "lwip/pbuf.h"
#include "lwip/tcp.h"

namespace whit {

class LwipNetworkBase;

// When lwIP has no control block left, the connection with the lowest priority gives way, and of several the one that
// has been inactive longest (tcp_alloc). A new connection takes the block of one with a priority below its own. So a
// burst of SYNs never ends a connection in use, nor a new one, but one that has been silent for a while; and a
// connection that the application dials takes the place of any of them.
enum LwipPriority : uint8_t {
  kStalePriority = TCP_PRIO_MIN,       // half-open, or waits for accept() without a word, for longer than the grace
  kFreshPriority = TCP_PRIO_MIN + 1,   // half-open or waiting; the listener's own
  kAgeingPriority = TCP_PRIO_MIN + 2,  // on its way from fresh to stale
  kOpenPriority = TCP_PRIO_NORMAL,     // in use
};

// At rest all zero bits.
struct LwipStream {
  tcp_pcb* pcb = nullptr;              // nullptr: lwIP has none any more, or none yet
  pbuf* rx = nullptr;                  // received and not yet read, in order
  LwipNetworkBase* network = nullptr;  // nullptr: free
  uint16_t index = 0;                  // of the transport; IndexQueue::kNone: waits for accept()
  err_t error = ERR_OK;                // the last one; with `failed` the one that broke the connection
  bool failed : 1;
  bool ended : 1;       // the peer's end of the stream was received; it stands behind rx
  bool finished : 1;    // our end of the stream was given to lwIP
  bool wants_room : 1;  // a write waits for room

  constexpr LwipStream() : failed(false), ended(false), finished(false), wants_room(false) {}

  // Registers the callbacks, for a block that lwIP made or that another stream owned.
  void own(tcp_pcb* block, LwipNetworkBase* owner, uint16_t number);
  // lwIP goes on alone with the block. Received bytes stay readable.
  void let_go();
  // The same when both ends are done: lwIP sends what it has and closes; a reset ends it when the peer is silent for
  // ten seconds.
  void retire();
  // Resets the connection (RST to the peer) and frees received bytes; then all zero.
  void destroy();
  // `size` bytes of rx were read: frees them, opens the window, and asks lwIP for refused packets.
  void consume(uint16_t size);
  // There is something to read, or the end.
  bool has_input() const { return rx != nullptr || ended; }

 private:
  void forget();  // destroy() without a block of lwIP
  err_t take(pbuf* packet);
  void pack();
  void end();
  void announce() const;
  err_t broken(err_t number);

  static err_t on_receive(void* arg, tcp_pcb* pcb, pbuf* packet, err_t error);
  static err_t on_sent(void* arg, tcp_pcb* pcb, uint16_t size);
  static void on_error(void* arg, err_t error);
  static err_t on_retired(void* arg, tcp_pcb* block);
};

}  // namespace whit
