// SPDX-License-Identifier: Apache-2.0
// A toolstack in C: plans the guest of GroveTests/LibgroveTests with libgrove and writes its tree.
//   guest KERNEL TREE
#include <grove.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *slurp(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END)) exit(3);
  *size = (size_t)ftell(file);
  rewind(file);
  void *bytes = malloc(*size);
  if (fread(bytes, 1, *size, file) != *size) exit(3);
  fclose(file);
  return bytes;
}

static void expect(int result, int wanted, const char *what) {
  if (result == wanted) return;
  fprintf(stderr, "%s gave %d, not %d\n", what, result, wanted);
  exit(1);
}

int main(int count, char **words) {
  if (count != 3) return 2;
  size_t kernel_size;
  void *kernel = slurp(words[1], &kernel_size);
  struct grove_guest *guest = grove_guest_new("xen-arm64", 4, 20);
  expect(grove_guest_new("xen-vax", 4, 20) == NULL, 1, "a platform that is none");

  expect(grove_guest_set_number(guest, "cpus", 2), GROVE_OK, "cpus");
  expect(grove_guest_set_number(guest, "wheels", 4), GROVE_NO_KEY, "wheels");
  expect(grove_guest_set_number(guest, "vpl011", 1), GROVE_OK, "vpl011");
  expect(grove_guest_set_bytes(guest, "bootargs", "name=c", 6), GROVE_OK, "bootargs");
  uint64_t value = 0;
  expect(grove_guest_plan(guest, kernel, kernel_size), GROVE_REFUSED, "a guest without RAM");
  printf("refused: %s\n", grove_guest_reason(guest, &value));
  expect(grove_guest_add_ram(guest, 0x2000000, 64 << 20), GROVE_OK, "ram");
  expect(grove_guest_plan(guest, kernel, kernel_size), GROVE_REFUSED, "RAM over the interrupt controller");
  const char *reason = grove_guest_reason(guest, &value);
  printf("refused: %s (0x%llx)\n", reason, (unsigned long long)value);
  grove_guest_free(guest);

  guest = grove_guest_new("xen-arm64", 4, 20);
  grove_guest_set_number(guest, "cpus", 2);
  grove_guest_set_number(guest, "memory", 64 << 20);
  grove_guest_set_number(guest, "vpl011", 1);
  grove_guest_set_bytes(guest, "bootargs", "name=c", 6);
  expect(grove_guest_set_bytes(guest, "host-tree", "no tree", 7), GROVE_NO_TREE, "a text as the host's tree");
  expect(grove_guest_set_number(guest, "announce", 3), GROVE_OK, "announce");
  expect(grove_guest_set_number(guest, "announce", 8), GROVE_NO_KEY, "a way that is none");
  expect(grove_guest_plan(guest, "no kernel", 9), GROVE_NO_KERNEL, "a text as kernel");
  expect(grove_guest_plan(guest, kernel, kernel_size), GROVE_OK, "the plan");
  expect(grove_guest_set_number(guest, "cpus", 3), GROVE_NO_SUCH, "changing what is planned");

  struct grove_range bank;
  for (size_t i = 0; grove_guest_ram(guest, i, &bank) == GROVE_OK; i++)
    printf("ram 0x%llx 0x%llx\n", (unsigned long long)bank.address, (unsigned long long)bank.size);
  struct grove_load load;
  for (size_t i = 0; grove_guest_load(guest, i, &load) == GROVE_OK; i++)
    printf("load %s %llu+%llu at 0x%llx\n", load.input, (unsigned long long)load.offset, (unsigned long long)load.size,
           (unsigned long long)load.memory.address);
  struct grove_value entry;
  for (size_t i = 0; grove_guest_register(guest, i, &entry) == GROVE_OK; i++)
    printf("register %s 0x%llx\n", entry.name, (unsigned long long)entry.value);
  for (size_t i = 0; grove_guest_page(guest, i, &entry) == GROVE_OK; i++)
    printf("page %s 0x%llx\n", entry.name, (unsigned long long)entry.value);
  size_t loaded;
  expect(grove_guest_kernel(guest, &loaded) != NULL && loaded == kernel_size, 1, "the kernel");

  size_t size;
  const void *tree = grove_guest_tree(guest, &size);
  FILE *file = fopen(words[2], "wb");
  if (!file || fwrite(tree, 1, size, file) != size || fclose(file)) return 3;

  // A guest's tree is a host's to what runs in it.
  struct grove_guest *inner = grove_guest_new("qemu-virt", 4, 20);
  grove_guest_set_number(inner, "memory", 64 << 20);
  expect(grove_guest_set_bytes(inner, "host-tree", tree, size), GROVE_OK, "the host's tree");
  expect(grove_guest_plan(inner, kernel, kernel_size), GROVE_OK, "the inner plan");
  size_t inner_size;
  const void *inner_tree = grove_guest_tree(inner, &inner_size);
  const void *compatible;
  size_t compatible_length;
  expect(
      grove_tree_get(inner_tree, inner_size, "/cpus/cpu@0", "compatible", &compatible, &compatible_length), GROVE_OK,
      "the inner CPU");
  expect(compatible_length == 10 && !memcmp(compatible, "arm,armv8", 10), 1, "what the inner CPU is");
  grove_guest_free(inner);

  void *copy = malloc(size);
  memcpy(copy, tree, size);
  struct grove_fault fault;
  const void *found;
  size_t length;
  expect(grove_tree_check(copy, size, &fault), GROVE_OK, "the check");
  expect(grove_tree_get(copy, size, "/chosen", "bootargs", &found, &length), GROVE_OK, "bootargs");
  printf("bootargs %s, %zu bytes\n", (const char *)found, length);
  expect(grove_tree_put(copy, size, "/chosen", "bootargs", "name=d", 7), GROVE_OK, "patching");
  expect(grove_tree_put(copy, size, "/chosen", "bootargs", "longer", 8), GROVE_OTHER_LENGTH, "a longer value");
  expect(grove_tree_get(copy, size, "/chosen", "nothing", &found, &length), GROVE_NO_PROPERTY, "nothing");
  expect(grove_tree_get(copy, size, "/chosen/none", "bootargs", &found, &length), GROVE_NO_NODE, "none");
  expect(grove_tree_get(copy, size, "/cpus/cpu@1", "reg", &found, &length), GROVE_OK, "a deeper node");
  expect(grove_tree_get(copy, size, "/", "model", &found, &length), GROVE_OK, "the root");
  printf("model %s\n", (const char *)found);
  expect(grove_tree_check(copy, size / 2, &fault), GROVE_NO_TREE, "half a tree");
  for (size_t at = 0; at < size; at++) { // no byte of it may bring the library down
    ((unsigned char *)copy)[at] ^= 0xff;
    (void)grove_tree_check(copy, size, &fault);
    (void)grove_tree_get(copy, size, "/chosen", "bootargs", &found, &length);
    ((unsigned char *)copy)[at] ^= 0xff;
  }

  // A tree that says everything that the platform says is no addition to it.
  struct grove_guest *other = grove_guest_new("xen-arm64", 4, 20);
  grove_guest_set_number(other, "memory", 64 << 20);
  expect(grove_guest_set_bytes(other, "additions", tree, size), GROVE_OK, "additions");
  expect(grove_guest_plan(other, kernel, kernel_size), GROVE_REFUSED, "a whole tree as additions");
  printf("refused: %s\n", grove_guest_reason(other, &value));
  grove_guest_free(other);

  grove_guest_free(guest);
  free(copy);
  free(kernel);
  return 0;
}
