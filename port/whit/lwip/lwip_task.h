// SPDX-License-Identifier: MIT
// LwipTaskNetwork: Whit in a task of an RTOS, beside lwIP's own thread (NO_SYS=0, LWIP_TCPIP_CORE_LOCKING=1). The task
// holds lwIP's core lock except while it sleeps in wait(), and sleeps until something is ready: it does not poll.
//
//   class BoardNetwork final : public whit::LwipTaskNetwork<whit::LwipNetwork<6>> {
//    public:
//     whit::Status random(whit::MutableBytes destination) override { return board_random(destination); }
//   };
//   static BoardNetwork network;
//
//   void websocket_task(void*) {  // after tcpip_init() has called back
//     if (network.enter() != whit::Status::kOk) ...
//     if (loop.start(network) != whit::Status::kOk || server.listen(options) != whit::Status::kOk) ...
//     for (;;) {
//       const uint32_t now_ms = network.wait(loop.wait_ms());
//       mailbox.deliver();
//       while (const whit::Event event = loop.poll(now_ms)) ...
//     }
//   }
//
// While the task is in its turn lwIP's thread waits for the core lock, so a turn should be short. The application calls
// nothing that takes that lock (sockets, netconn, netifapi, tcpip_callback() with a full mailbox) inside it.
#pragma once

#include <stdint.h>

#include "lwip/opt.h"

#if NO_SYS || !LWIP_TCPIP_CORE_LOCKING
#error "Whit: lwip_task.h is for lwIP with a thread: set NO_SYS to 0 and LWIP_TCPIP_CORE_LOCKING to 1 in lwipopts.h"
#endif

#include "lwip/sys.h"
#include "lwip/tcpip.h"
#include "lwip_network.h"

namespace whit {

// Base: LwipNetwork<...> or LwipServerNetwork<...>.
template <class Base>
class LwipTaskNetwork : public Base {
 public:
  // By the loop's task, once, before any other call: makes the semaphore and takes the core lock.
  //  kOk, kFailed (no semaphore is left; the lock is not taken)
  Status enter() {
    if (sys_sem_new(&semaphore_, 0) != ERR_OK) return Status::kFailed;
    entered_ = true;
    LOCK_TCPIP_CORE();
    return Status::kOk;
  }

  // Gives the core lock and the semaphore back. Nobody may call wake() any more.
  void leave() {
    entered_ = false;
    UNLOCK_TCPIP_CORE();
    sys_sem_free(&semaphore_);
  }

  // Sleeps until a connection is ready, wake() was called or the time is over (kForeverMs and more: no limit); returns
  // the time for Loop::poll(), sys_now(). May return early. Unlocks the core meanwhile, also when nothing is waited
  // for.
  uint32_t wait(uint32_t wait_ms) {
    const uint32_t longest_ms = this->longest_sleep_ms(wait_ms);
    this->set_asleep(true);
    UNLOCK_TCPIP_CORE();
    // To lwIP 0 is "no limit".
    if (longest_ms > 0) (void)sys_arch_sem_wait(&semaphore_, longest_ms < kForever ? longest_ms : 0);
    LOCK_TCPIP_CORE();
    this->set_asleep(false);
    SYS_ARCH_DECL_PROTECT(level);
    SYS_ARCH_PROTECT(level);
    signalled_ = false;
    SYS_ARCH_UNPROTECT(level);
    return sys_now();
  }

  // Legal in any task and in lwIP's callbacks, from enter() to leave(). In an interrupt only where sys_sem_signal() and
  // SYS_ARCH_PROTECT() are, which FreeRTOS's are not.
  void wake() override {
    SYS_ARCH_DECL_PROTECT(level);
    SYS_ARCH_PROTECT(level);
    const bool first = entered_ && !signalled_;
    signalled_ = true;
    SYS_ARCH_UNPROTECT(level);
    if (first) sys_sem_signal(&semaphore_);
  }

 protected:
  ~LwipTaskNetwork() = default;

 private:
  static_assert(SYS_LIGHTWEIGHT_PROT, "lwipopts.h: tasks that wake the loop need SYS_LIGHTWEIGHT_PROT 1");
  static constexpr uint32_t kForever = 1u << 30;  // Loop::kForeverMs

  void pump() final {}  // lwIP's thread does it

  sys_sem_t semaphore_ = {};
  bool entered_ = false;
  bool signalled_ = false;  // the semaphore is, or is about to be
};

}  // namespace whit
