// SPDX-License-Identifier: MIT
// Of the core's library WiFi, as much as the examples use.
#pragma once

enum wl_status_t { WL_CONNECTED = 3 };

class String {
 public:
  const char* c_str() const;
};
class IPAddress {
 public:
  String toString() const;
};
class WiFiClass {
 public:
  wl_status_t begin(const char* network, const char* password);
  wl_status_t status();
  IPAddress localIP();
};
extern WiFiClass WiFi;
