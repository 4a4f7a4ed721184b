// SPDX-License-Identifier: MIT
// PicoNetwork: Whit on a Pico W, over the lwIP of the Pico SDK. The program links pico_cyw43_arch_lwip_poll or
// pico_cyw43_arch_lwip_threadsafe_background; the source is the same for both.
//
//   static whit::PicoNetwork<6> network;  // 6 transports: the loop's connections + handshakes
//
//   if (cyw43_arch_init() != 0) ...
//   if (cyw43_arch_wifi_connect_timeout_ms(...) != 0) ...
//   if (network.enter() != whit::Status::kOk) ...
//   if (loop.start(network) != whit::Status::kOk || server.listen(options) != whit::Status::kOk) ...
//   for (;;) {
//     const uint32_t now_ms = network.wait(loop.wait_ms());
//     while (const whit::Event event = loop.poll(now_ms)) ...
//   }
//
// From enter() to leave() the program is between cyw43_arch_lwip_begin() and cyw43_arch_lwip_end(), except while it
// sleeps in wait(): the interrupt in which the background variant runs lwIP stays away meanwhile.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lwip/opt.h"

#if !NO_SYS
#error "Whit: pico_network.h is for lwIP without a thread (NO_SYS 1); beside FreeRTOS take whit/lwip/lwip_task.h"
#endif

#include "lwip/timeouts.h"
#include "pico.h"
#include "pico/async_context.h"
#include "pico/cyw43_arch.h"
#include "pico/rand.h"
#include "pico/time.h"
#include "whit/bytes.h"
#include "whit/lwip/lwip_network.h"
#include "whit/status.h"

namespace whit {

template <uint16_t kSlots, class Base = LwipNetwork<kSlots>>
class PicoNetwork final : public Base {
 public:
  // Before any other call, after cyw43_arch_init() and on the core that called it.
  //  kOk, kFailed (cyw43_arch_init() was not called, or on the other core)
  Status enter() {
    async_context_t* const context = cyw43_arch_async_context();
    if (context == nullptr || context->core_num != get_core_num()) return Status::kFailed;
    waker_.do_work = nothing;
    async_context_add_when_pending_worker(context, &waker_);
    context_ = context;
    cyw43_arch_lwip_begin();
    return Status::kOk;
  }

  // Before cyw43_arch_deinit(). wake() may not be called any more.
  void leave() {
    cyw43_arch_lwip_end();
    async_context_remove_when_pending_worker(context_, &waker_);
    context_ = nullptr;
  }

  // Sleeps until the Wi-Fi chip has something, a timer of lwIP is due, wake() was called or the time is over; returns
  // the time for Loop::poll(). May return early.
  uint32_t wait(uint32_t wait_ms) {
    uint32_t longest_ms = this->longest_sleep_ms(wait_ms);
    // The SDK knows only those timers of lwIP that were there in its last turn.
    const uint32_t timers_ms = sys_timeouts_sleeptime();
    if (timers_ms < longest_ms) longest_ms = timers_ms;
    this->set_asleep(true);
    cyw43_arch_lwip_end();
    if (longest_ms > 0) cyw43_arch_wait_for_work_until(make_timeout_time_ms(longest_ms));
    cyw43_arch_lwip_begin();
    this->set_asleep(false);
    return to_ms_since_boot(get_absolute_time());
  }

  // Legal in interrupts and on the other core, from enter() to leave().
  void wake() override {
    if (context_ != nullptr) async_context_set_work_pending(context_, &waker_);
  }

  Status random(MutableBytes destination) override {
    uint64_t word = 0;
    for (size_t i = 0; i < destination.size; ++i) {
      if (i % sizeof(word) == 0) word = get_rand_64();
      destination.data[i] = static_cast<uint8_t>(word);
      word >>= 8;
    }
    return Status::kOk;
  }

 private:
  // What wakes is that the work is pending.
  static void nothing(async_context_t*, async_when_pending_worker_t*) {}

  // Frames and timers of lwIP; with the background variant the interrupt has done both, and this is nothing.
  void pump() override { cyw43_arch_poll(); }

  async_context_t* context_ = nullptr;
  async_when_pending_worker_t waker_ = {};
};

// For a program that only listens: what connects is not linked.
template <uint16_t kSlots>
using PicoServerNetwork = PicoNetwork<kSlots, LwipServerNetwork<kSlots>>;

}  // namespace whit
