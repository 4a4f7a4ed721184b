// SPDX-License-Identifier: MIT
// LwipNetwork (lwip_network.h) for programs in C, beside stack/c/whit.h: lwIP's raw API, NO_SYS=1.
//
//   WHIT_LOOP(loop, 4, 2, 6, 512);
//   WHIT_LWIP_SERVER(lwip, 6);                               // connections and handshakes of the loop
//   static const whit_lwip_board board = {pump, random_bytes, wake};
//   ...
//   lwip_init();                                             // and netif_add(), as in any program of lwIP
//   whit_network* const network = whit_lwip_server_start(&lwip, &board);
//   if (whit_loop_start(&loop, &loop_memory, network) != WHIT_OK) ...
//
// A program that connects, too, has WHIT_LWIP and whit_lwip_start(). A program calls one of the two: what connects is
// not linked for the other.
#ifndef WHIT_LWIP_WHIT_LWIP_H
#define WHIT_LWIP_WHIT_LWIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lwip/ip_addr.h"
#include "lwip/opt.h"

#if defined(__cplusplus)
extern "C" {
#endif

typedef struct whit_network whit_network;  // of whit.h

// The functions of the board.
typedef struct whit_lwip_board {
  // Hands a bounded number of received frames to lwIP, then calls sys_check_timeouts(). Called by whit_loop_poll().
  void (*pump)(void);
  // Fills `destination` with unpredictable bytes (masks, handshake keys); false: there are none, and connections fail.
  bool (*random)(void* destination, size_t size);
  // Ends the board's sleep. Called by whit_network_wake(), in an interrupt or another task, too.
  void (*wake)(void);
} whit_lwip_board;

// What is inside is the port's. Each has room for its namesake in C++ (asserted in whit_lwip.cpp).
typedef struct whit_lwip_transport {
  void* pointers_[5];
  uint32_t word_;
} whit_lwip_transport;

typedef struct whit_lwip_waiting {
  void* pointers_[4];
  uint32_t word_;
} whit_lwip_waiting;

typedef struct whit_lwip_lookup {
  void* pointer_;
  ip_addr_t address_;
  uint32_t words_[3];
} whit_lwip_lookup;

typedef struct whit_lwip_network {
  void* pointers_[16];
  uint32_t words_[16];
} whit_lwip_network;

typedef struct whit_lwip_memory {
  whit_lwip_network* network;
  whit_lwip_transport* transports;  // `slots` of them
  whit_lwip_waiting* waiting;       // `waiting_count` of them: connections between lwIP's accept and the loop's
  whit_lwip_lookup* lookups;        // `lookup_count` of them; null: it does not connect
  uint16_t slots;                   // at most MEMP_NUM_TCP_PCB
  uint8_t waiting_count;
  uint8_t lookup_count;  // names that are being resolved at once, in each family of addresses
  uint8_t rx_pbufs;  // received packets kept per connection; fewer than TCP_WND / TCP_MSS + 1 drop parts of the window
} whit_lwip_memory;

#define WHIT_LWIP_WAITING (MEMP_NUM_TCP_PCB < 0xFF ? MEMP_NUM_TCP_PCB : 0xFF)
#define WHIT_LWIP_LOOKUPS ((LWIP_DNS ? 2 : 1) * (LWIP_IPV4 && LWIP_IPV6 ? 2 : 1))
#define WHIT_LWIP_RX_PBUFS (TCP_WND / TCP_MSS + 1)

#define WHIT_LWIP_ARRAYS(name, count)                   \
  static whit_lwip_network name##_network_;             \
  static whit_lwip_transport name##_transports_[count]; \
  static whit_lwip_waiting name##_waiting_[WHIT_LWIP_WAITING]

// Defines `name`, the memory of a network with so many transports: the connections and handshakes of the loop.
#define WHIT_LWIP(name, count)                                                                                    \
  WHIT_LWIP_ARRAYS(name, count);                                                                                  \
  static whit_lwip_lookup name##_lookups_[WHIT_LWIP_LOOKUPS];                                                     \
  static const whit_lwip_memory name = {&name##_network_, name##_transports_, name##_waiting_,   name##_lookups_, \
                                        (count),          WHIT_LWIP_WAITING,  WHIT_LWIP_LOOKUPS, WHIT_LWIP_RX_PBUFS}
// The same for a program that only listens.
#define WHIT_LWIP_SERVER(name, count)    \
  WHIT_LWIP_ARRAYS(name, count);         \
  static const whit_lwip_memory name = { \
      &name##_network_, name##_transports_, name##_waiting_, NULL, (count), WHIT_LWIP_WAITING, 0, WHIT_LWIP_RX_PBUFS}

// Makes the network, once. lwIP has been started. Null: more slots than MEMP_NUM_TCP_PCB. Both arguments must live as
// long as the network.
whit_network* whit_lwip_start(const whit_lwip_memory* memory, const whit_lwip_board* board);
whit_network* whit_lwip_server_start(const whit_lwip_memory* memory, const whit_lwip_board* board);

#if defined(__cplusplus)
}
#endif

#endif  // WHIT_LWIP_WHIT_LWIP_H
