// SPDX-License-Identifier: MIT
// Peer: the other end of one TCP connection, as small as it can be: in-order data, go-back-N, a fixed window. It can be
// told to misbehave: single bytes, no acknowledgements, zero window, silence, FIN or RST at any byte.
#pragma once

#include <cstdint>
#include <string>

#include "wire.h"

namespace lwip_test {

class Peer {
 public:
  Peer(uint16_t port, uint16_t lwip_port, bool ipv6 = false) : port_(port), lwip_port_(lwip_port), ipv6_(ipv6) {}

  void connect();                       // sends the SYN
  void send(const std::string& bytes);  // as far as lwIP's window allows; the rest follows
  void finish();                        // a FIN behind all bytes
  void reset();                         // a RST now
  void acknowledge();                   // an empty segment, for a window that changed
  void move(uint32_t now_ms);           // sends what may be sent, and again what was lost
  bool take(const Segment& segment);    // true: it was for this peer

  bool open() const { return open_; }
  bool all_acknowledged() const { return out_.empty() && (!fin_wanted_ || fin_acknowledged_); }

  std::string received;
  bool got_fin = false;
  bool got_rst = false;
  uint16_t window = 4096;
  size_t segment_bytes = 536;
  bool acknowledges = true;
  bool fin_with_data = false;  // the FIN rides on the last bytes, if any are left
  bool silent = false;        // neither sends nor hears
  bool answers_syn = true;    // when lwIP connects: SYN+ACK, else silence
  bool refuses_syn = false;   // ... RST
  uint32_t rejected_bytes = 0;  // data that came although the window was shut
  uint32_t segments_sent = 0;
  uint32_t resent = 0;
  uint16_t lwip_window = 0;  // as last announced
  uint16_t port() const { return port_; }

 private:
  void transmit(uint8_t flags, uint32_t number, const std::string& data);
  void take_data(const Segment& segment);
  void take_acknowledgement(const Segment& segment);

  uint16_t port_;
  uint16_t lwip_port_;
  bool ipv6_;
  bool syn_sent_ = false;
  bool open_ = false;
  bool fin_wanted_ = false;
  bool fin_sent_ = false;
  bool fin_acknowledged_ = false;
  std::string out_;             // bytes from first_ on
  uint32_t first_ = 1000;       // number of out_[0]
  uint32_t next_ = 1000;        // number of the next byte to send
  uint32_t expected_ = 0;       // of lwIP
  uint32_t last_progress_ms_ = 0;
};

}  // namespace lwip_test
