// How does one walk libuv's queues? They are rings of (next, previous) pairs, by whatever name uv.h knows them: the ABI
// of libuv 1.x fixes that.
#pragma once

#include <uv.h>

namespace posix_fork {

struct Queue {
  Queue* next;
  Queue* prev;
};

template <typename T>
Queue* AsQueue(T* queue) {
  static_assert(sizeof(T) == sizeof(Queue), "libuv's queues are two pointers");
  return reinterpret_cast<Queue*>(queue);
}

template <typename T>
const Queue* AsQueue(const T* queue) {
  static_assert(sizeof(T) == sizeof(Queue), "libuv's queues are two pointers");
  return reinterpret_cast<const Queue*>(queue);
}

/// How many there are, the head not counted.
inline unsigned Count(const Queue* head) {
  unsigned count = 0;
  for (const Queue* each = head->next; each != head; each = each->next) count++;
  return count;
}

/// Leaves the queue empty, and each of its members alone. Returns how many there were.
inline unsigned Clear(Queue* head) {
  unsigned count = 0;
  while (head->next != head) {
    Queue* entry = head->next;
    head->next = entry->next;
    entry->next->prev = head;
    entry->next = entry->prev = entry;
    count++;
  }
  return count;
}

}  // namespace posix_fork
