// SPDX-License-Identifier: MIT
// AltcpStream: lwIP's application layered TCP (lwip/altcp.h) over a WebSocket of Whit, so that a client made for lwIP's
// raw API runs over ws and wss unchanged. Other than the ports it lies above Whit. README.md says how each promise of
// altcp is kept.
//
//   static uint8_t input[256], output[256];
//   static whit::AltcpStream stream{client, {input, sizeof input}, {output, sizeof output}};
//   ...
//   uint32_t now_ms = board::now_ms();
//   for (;;) {
//     now_ms = board::wait(stream.wait_ms(loop.wait_ms(), now_ms));
//     stream.poll(now_ms);
//     while (const whit::Event event = loop.poll(now_ms)) stream.on_event(event);
//   }
//
// lwIP's client gets its altcp_pcb from it in one of two ways:
//   * an allocator of altcp:  altcp_allocator_t allocator = {whit::AltcpStream::allocate, &stream};
//   * the configuration of TLS, for clients that take nothing else, as lwIP's MQTT client does: tls_config().
//     altcp_tls_new.cpp is the altcp_tls_new() of this layer, whether the connection is ws or wss.
// One altcp_pcb exists at a time. altcp_connect() takes the open connection of the client, or waits for the next one;
// whoever dials (Client::connect(), Reconnect) is the application, and so the address and the port are ignored.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lwip/altcp.h"
#include "lwip/priv/altcp_priv.h"
#include "whit/byte_stream.h"
#include "whit/bytes.h"
#include "whit/client.h"
#include "whit/event.h"

#if !LWIP_ALTCP
#error "port/whit/altcp: Set LWIP_ALTCP and LWIP_ALTCP_TLS to 1 in lwipopts.h"
#endif

namespace whit {
class AltcpStream;
}

// The structure that altcp leaves to the layer of TLS.
struct altcp_tls_config {
  whit::AltcpStream* stream;
};

namespace whit {

class AltcpStream {
 public:
  // `input`, `output`: as of a ByteStream. altcp_sndbuf() is what is left of `output`; a packet of lwIP's MQTT client
  // is one message if MQTT_OUTPUT_RINGBUF_SIZE fits it. All must live as long as this object.
  AltcpStream(Client& client, MutableBytes input, MutableBytes output)
      : client_(client), stream_(input, output), config_{this} {}
  AltcpStream(const AltcpStream&) = delete;
  AltcpStream& operator=(const AltcpStream&) = delete;

  // nullptr: the altcp_pcb is in use. `stream`: an AltcpStream.
  static altcp_pcb* allocate(void* stream, u8_t ip_type);
  altcp_tls_config* tls_config() { return &config_; }

  // Once per turn, before the events of Loop::poll(), and each event of the loop. These two, and altcp_abort(), call
  // lwIP's callbacks; altcp functions may be called anywhere, in lwIP's timers and callbacks, too.
  void poll(uint32_t now_ms);
  void on_event(const Event& event);
  // The longest sleep before the next turn in milliseconds; `loop_wait_ms` is Loop::wait_ms().
  uint32_t wait_ms(uint32_t loop_wait_ms, uint32_t now_ms) const;

 private:
  friend struct AltcpFunctions;
  enum class State : uint8_t {
    kFree,
    kAllocated,
    kWaiting,  // altcp_connect() was called
    kConnected,
    kEnded,  // the application has been told the peer's end
  };
  enum class Leave : uint8_t { kNo, kInOrder, kAtOnce };

  static constexpr uint32_t kPollUnitMs = 500;  // of altcp_poll(): TCP_SLOW_INTERVAL
  static constexpr uint32_t kRetryMs = 250;     // for lack of memory, or refused by the application: TCP_FAST_INTERVAL

  bool is_fresh() const;
  bool is_sent() const;
  void set_free();
  void give_up(err_t error);
  void connect_pending();
  void report_sent();
  void run_poll_function();
  void deliver();
  bool deliver_part();
  void tell_end();
  void leave_pending();
  void on_close(const Event& event);

  Client& client_;
  ByteStream stream_;
  altcp_tls_config config_;
  altcp_pcb pcb_ = {};
  pbuf* refused_ = nullptr;  // by the application, which gets it again
  WebSocket used_;           // the connection of this altcp_pcb, or of the last one
  uint32_t now_ms_ = 0;
  uint32_t polled_ms_ = 0;   // the last call of the application's poll function
  uint32_t retry_ms_ = 0;    // since when `retry_`
  uint32_t unreported_ = 0;  // bytes written whose `sent` is due
  uint16_t window_ = 0;      // bytes that the application may be given before it calls altcp_recved()
  State state_ = State::kFree;
  Leave leave_ = Leave::kNo;
  bool output_due_ = false;
  bool end_due_ = false;  // the connection is over, and the application has not been told
  bool retry_ = false;
  bool work_due_ = false;  // for the next poll()
};

}  // namespace whit
