/* A libnvidia-ml.so.1 that follows a script: what each GPU says is read from a file at every call.
 *
 * The file is named by FAKE_NVML; without it, or where it is not there, the driver is not loaded. A line is
 * "KEY VALUE", where KEY is "count", "driver", or the number of a GPU, a dot and what it is asked for: name, uuid,
 * minor, busy (%), total, used (bytes), power, limit (mW), energy (mJ), celsius, major, compute_minor (of the compute
 * capability), mig (1: it is split), process ("PID BYTES", once for each), or any (every question). A VALUE may be the name of an error.
 * What is not in the file is not supported. Replace the file by renaming another over it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int status;
typedef void *device;
typedef struct { unsigned gpu, memory; } utilization;
typedef struct { unsigned long long total, free, used; } memory;
typedef struct { unsigned pid; unsigned long long bytes; unsigned gpu_instance, compute_instance; } process;

enum { OK = 0, INVALID = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, SMALL = 7, NOT_LOADED = 9, LOST = 15, UNKNOWN = 999 };

static const struct { const char *name; status code; } errors[] = {
    {"INVALID_ARGUMENT", INVALID}, {"NOT_SUPPORTED", NOT_SUPPORTED}, {"NO_PERMISSION", 4}, {"NOT_FOUND", NOT_FOUND},
    {"DRIVER_NOT_LOADED", NOT_LOADED}, {"TIMEOUT", 10}, {"GPU_IS_LOST", LOST}, {"RESET_REQUIRED", 16}, {"UNKNOWN", UNKNOWN},
};

/* Find the (skip + 1)-th line of a key and copy its value. */
static status find(const char *key, int skip, char *value, size_t size) {
    const char *path = getenv("FAKE_NVML");
    FILE *file = path ? fopen(path, "r") : NULL;
    if (!file) return NOT_LOADED;
    char line[512];
    size_t length = strlen(key);
    status found = NOT_SUPPORTED;
    while (found && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        if (strncmp(line, key, length) || line[length] != ' ' || skip-- > 0) continue;
        snprintf(value, size, "%s", line + length + 1);
        found = OK;
    }
    fclose(file);
    for (size_t i = 0; !found && i < sizeof errors / sizeof *errors; i++)
        if (!strcmp(value, errors[i].name)) return errors[i].code;
    return found;
}

static status text(device gpu, const char *what, int skip, char *value, size_t size) {
    char key[64];
    int number = (int)(uintptr_t)gpu - 1;
    snprintf(key, sizeof key, "%d.any", number);
    status lost = find(key, 0, value, size);
    if (lost != NOT_SUPPORTED) return lost;
    snprintf(key, sizeof key, "%d.%s", number, what);
    return find(key, skip, value, size);
}

static status number(device gpu, const char *what, unsigned long long *value) {
    char said[256];
    status got = text(gpu, what, 0, said, sizeof said);
    if (!got) *value = strtoull(said, NULL, 10);
    return got;
}

static status small(device gpu, const char *what, unsigned *value) {
    unsigned long long wide;
    status got = number(gpu, what, &wide);
    if (!got) *value = (unsigned)wide;
    return got;
}

status nvmlInitWithFlags(unsigned flags) { char said[256]; (void)flags; return find("count", 0, said, sizeof said); }
status nvmlInit_v2(void) { return nvmlInitWithFlags(0); }
status nvmlShutdown(void) { return OK; }

const char *nvmlErrorString(status code) {
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].code == code) return errors[i].name;
    return "another error";
}

status nvmlSystemGetDriverVersion(char *version, unsigned size) { return find("driver", 0, version, size); }

status nvmlDeviceGetCount_v2(unsigned *count) {
    char said[256];
    status got = find("count", 0, said, sizeof said);
    if (!got) *count = (unsigned)atoi(said);
    return got;
}

status nvmlDeviceGetHandleByIndex_v2(unsigned index, device *gpu) {
    unsigned count;
    status got = nvmlDeviceGetCount_v2(&count);
    if (got) return got;
    if (index >= count) return INVALID;
    *gpu = (device)(uintptr_t)(index + 1);
    char said[256];
    got = text(*gpu, "any", 0, said, sizeof said);
    return got == NOT_SUPPORTED ? OK : got;
}

status nvmlDeviceGetName(device gpu, char *name, unsigned size) { return text(gpu, "name", 0, name, size); }
status nvmlDeviceGetUUID(device gpu, char *uuid, unsigned size) { return text(gpu, "uuid", 0, uuid, size); }
status nvmlDeviceGetMinorNumber(device gpu, unsigned *minor) { return small(gpu, "minor", minor); }
status nvmlDeviceGetPowerUsage(device gpu, unsigned *mw) { return small(gpu, "power", mw); }
status nvmlDeviceGetEnforcedPowerLimit(device gpu, unsigned *mw) { return small(gpu, "limit", mw); }
status nvmlDeviceGetTotalEnergyConsumption(device gpu, unsigned long long *mj) { return number(gpu, "energy", mj); }
status nvmlDeviceGetTemperature(device gpu, int sensor, unsigned *celsius) { (void)sensor; return small(gpu, "celsius", celsius); }

status nvmlDeviceGetMigMode(device gpu, unsigned *now, unsigned *pending) { *pending = 0; return small(gpu, "mig", now); }

status nvmlDeviceGetUtilizationRates(device gpu, utilization *rates) {
    rates->memory = 0;
    return small(gpu, "busy", &rates->gpu);
}

status nvmlDeviceGetMemoryInfo(device gpu, memory *bytes) {
    status got = number(gpu, "total", &bytes->total);
    if (!got) got = number(gpu, "used", &bytes->used);
    if (!got) bytes->free = bytes->total - bytes->used;
    return got;
}

status nvmlDeviceGetCudaComputeCapability(device gpu, int *major, int *minor) {
    unsigned high, low = 0;
    status got = small(gpu, "major", &high);
    if (!got) { (void)small(gpu, "compute_minor", &low); *major = (int)high; *minor = (int)low; }
    return got;
}

status nvmlDeviceGetComputeRunningProcesses_v3(device gpu, unsigned *count, process *list) {
    char said[256];
    unsigned room = *count, have = 0;
    status got;
    while (!(got = text(gpu, "process", (int)have, said, sizeof said))) {
        if (list && have < room) {
            unsigned long long pid = 0, bytes = 0;
            sscanf(said, "%llu %llu", &pid, &bytes);
            list[have] = (process){(unsigned)pid, bytes ? bytes : ~0ULL, 0, 0};
        }
        have++;
    }
    *count = have;
    if (got != NOT_SUPPORTED || have == 0) return got == NOT_SUPPORTED ? OK : got;
    return list && have <= room ? OK : SMALL;
}
