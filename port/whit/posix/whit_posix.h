// SPDX-License-Identifier: MIT
// PosixNetwork (posix_network.h) for programs in C, beside stack/c/whit.h.
//
//   WHIT_LOOP(loop, 1000, 8, 64, 1024);
//   WHIT_POSIX(sockets, 1008);                            // connections and handshakes of the loop
//   ...
//   whit_network* const network = whit_posix_start(&sockets);
//   if (whit_loop_start(&loop, &loop_memory, network) != WHIT_OK) ...
//   for (;;) {
//     const uint32_t now_ms = whit_posix_wait(network, whit_loop_wait_ms(&loop));
//     while (whit_loop_poll(&loop, now_ms, &event)) ...
#ifndef WHIT_POSIX_WHIT_POSIX_H
#define WHIT_POSIX_WHIT_POSIX_H

#include <stddef.h>
#include <stdint.h>

#if defined(__linux__)
#include <sys/epoll.h>
#else
#include <poll.h>
#endif

#if defined(__cplusplus)
extern "C" {
#endif

typedef struct whit_network whit_network;  // of whit.h

// What is inside is the port's. Each has room for its namesake in C++ (asserted in whit_posix.cpp).
typedef struct whit_posix_socket {
  void* pointers_[3];
  uint32_t words_[4];
} whit_posix_socket;

typedef struct whit_posix_dial {
  char target_[264];
  void* pointer_;
  uint32_t words_[2];
} whit_posix_dial;

typedef struct whit_posix_network {
  void* pointers_[16];
  uint32_t words_[120];
#if defined(__linux__)
  struct epoll_event events_[256];
#endif
} whit_posix_network;

typedef struct whit_posix_memory {
  whit_posix_network* network;
  whit_posix_socket* sockets;  // `slots` of them
  whit_posix_dial* dials;      // `names` of them
  uint16_t* links;             // `names` of them
  uint16_t slots;
  uint16_t names;
  // Where there is no epoll: 5 more than there are slots. Else null.
  struct pollfd* polled;
  uint32_t* tags;
} whit_posix_memory;

#if defined(__linux__)
#define WHIT_POSIX_POLLED(name, slots)
#define WHIT_POSIX_POLLED_OF(name) NULL, NULL
#else
#define WHIT_POSIX_POLLED(name, slots)              \
  static struct pollfd name##_polled_[(slots) + 5]; \
  static uint32_t name##_tags_[(slots) + 5];
#define WHIT_POSIX_POLLED_OF(name) name##_polled_, name##_tags_
#endif

// Connections to names that are on their way at once: as many as there are slots, or 256.
#define WHIT_POSIX_NAMES(slots) ((slots) < 256 ? (slots) : 256)

// Defines `name`, the memory of a network with so many transports: the connections and handshakes of the loop.
#define WHIT_POSIX(name, slots)                                                                  \
  static whit_posix_network name##_network_;                                                     \
  static whit_posix_socket name##_sockets_[slots];                                               \
  static whit_posix_dial name##_dials_[WHIT_POSIX_NAMES(slots)];                                 \
  static uint16_t name##_links_[WHIT_POSIX_NAMES(slots)];                                        \
  WHIT_POSIX_POLLED(name, slots)                                                                 \
  static const whit_posix_memory name = {                                                        \
      &name##_network_,        name##_sockets_,           name##_dials_, name##_links_, (slots), \
      WHIT_POSIX_NAMES(slots), WHIT_POSIX_POLLED_OF(name)}

// Makes the network. Once for a memory, or again after whit_posix_end().
whit_network* whit_posix_start(const whit_posix_memory* memory);
// Closes every descriptor. The loop must not be used any more.
void whit_posix_end(whit_network* network);

// Sleeps until a socket is ready, whit_network_wake() was called or the time is over; returns whit_posix_now_ms(). May
// return early.
uint32_t whit_posix_wait(whit_network* network, uint32_t timeout_ms);
// Milliseconds of a clock that never jumps; wraps after 49.7 days.
uint32_t whit_posix_now_ms(void);

// For a program that sleeps in an event loop of its own (Linux): a descriptor to be watched, level-triggered; -1 before
// whit_loop_start(), and on other systems. And the longest sleep in milliseconds: `loop_wait_ms` is
// whit_loop_wait_ms().
int whit_posix_descriptor(const whit_network* network);
uint32_t whit_posix_wait_ms(whit_network* network, uint32_t loop_wait_ms);

// Several processes may listen on the same port if all of them say so before they listen (SO_REUSEPORT).
void whit_posix_share_ports(whit_network* network);

#if defined(__cplusplus)
}
#endif

#endif  // WHIT_POSIX_WHIT_POSIX_H
