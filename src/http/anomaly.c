/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/anomaly.c - see anomaly.h */
#include "http/anomaly.h"

static const struct hw_anomaly_info infos[HW_ANOMALY_NR] = {
#define HW_ANOMALY(id, name, source, meaning) [HW_ANOMALY_##id] = { name, source, meaning },
#include "http/anomaly.def"
#undef HW_ANOMALY
};

_Static_assert(HW_ANOMALY_NR <= 64, "hw_anomalies has one bit for each");

const struct hw_anomaly_info *hw_anomaly_info(enum hw_anomaly anomaly)
{
	return &infos[anomaly];
}
