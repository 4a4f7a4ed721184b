// SPDX-License-Identifier: MIT
#include "whit/posix/posix_names.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>

#include "whit/posix/posix_base.h"

namespace whit::posix {

namespace {

struct Place {
  enum class State : uint8_t { kFree, kAsking, kAnswered };

  State state;
  PosixNetworkBase* network;  // nullptr: given up
  NameAnswer answer;
  Target target;  // not changed while a thread reads it: kAsking
};

// Of the whole program and without a destructor: a thread may outlive its network, and the end of main().
Place places[kNamePlaces];
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

class Lock {
 public:
  Lock() { pthread_mutex_lock(&mutex); }
  ~Lock() { pthread_mutex_unlock(&mutex); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
};

void free_place(Place* place) {
  if (place->answer.addresses != nullptr) freeaddrinfo(place->answer.addresses);
  *place = Place();
}

void* ask(void* argument) {
  Place& place = *static_cast<Place*>(argument);
  struct addrinfo* found = nullptr;
  const int32_t error = place.target.look_up(0, &found);
  const Lock lock;
  place.answer.error = error;
  place.answer.addresses = error == 0 ? found : nullptr;
  place.state = Place::State::kAnswered;
  if (place.network == nullptr) {
    free_place(&place);
  } else {
    // Not virtual: the network may be in its destructor, which waits for this lock before it closes what wakes it.
    place.network->PosixNetworkBase::wake();
  }
  return nullptr;
}

// Signals are for the threads of the application. 0, or errno.
int start_thread(Place* place) {
  pthread_attr_t attributes;
  int error = pthread_attr_init(&attributes);
  if (error != 0) return error;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  error = pthread_create(&thread, &attributes, ask, place);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return error;
}

}  // namespace

int32_t name_error(int error) { return error == EAI_SYSTEM ? errno : below_zero(error); }

const char* name_error_text(int32_t error) {
  switch (error) {
    case kNoSuchName:
      return "no such name";
#if defined(EAI_NODATA) && EAI_NODATA != EAI_NONAME
    case below_zero(EAI_NODATA):
      return "the name has no address";
#endif
    case below_zero(EAI_AGAIN):
      return "no name server has answered, or it could not find out";
    case below_zero(EAI_FAIL):
      return "the name server refuses or is out of order";
    case kOutOfMemory:
      return "out of memory";
    default:
      return gai_strerror(EAI_NONAME < 0 ? error : -error);
  }
}

Status start_lookup(PosixNetworkBase* network, uint16_t index, const Target& target, NameAnswer*) {
  const Lock lock;
  for (Place& place : places) {
    if (place.state != Place::State::kFree) continue;
    place.state = Place::State::kAsking;
    place.network = network;
    place.answer.index = index;
    place.target = target;
    const int error = start_thread(&place);
    if (error == 0) return Status::kWouldBlock;
    free_place(&place);
    errno = error;
    return Status::kFailed;
  }
  return Status::kNoSlot;
}

bool take_answer(PosixNetworkBase* network, NameAnswer* answer) {
  const Lock lock;
  for (Place& place : places) {
    if (place.state != Place::State::kAnswered || place.network != network) continue;
    *answer = place.answer;
    place.answer.addresses = nullptr;
    free_place(&place);
    return true;
  }
  return false;
}

void cancel_lookup(PosixNetworkBase* network, uint16_t index) {
  const Lock lock;
  for (Place& place : places) {
    if (place.state == Place::State::kFree || place.network != network || place.answer.index != index) continue;
    place.network = nullptr;
    if (place.state == Place::State::kAnswered) free_place(&place);
  }
}

}  // namespace whit::posix
