import "uplot/dist/uPlot.min.css";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import type { Schemas } from "../../api/client";
import { approx } from "../../ui/money";

/** Credits a day, as bars. */
export default function SpendChart({ days }: { days: Schemas["SpendView"][] }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const el = box.current;
    if (!el) return;
    const sorted = [...days].sort((a, b) => a.key.localeCompare(b.key));
    const data: uPlot.AlignedData = [
      sorted.map((d) => Date.parse(d.key) / 1000),
      sorted.map((d) => approx(d.settled_credits)),
    ];
    const style = getComputedStyle(el);
    const axis = {
      stroke: style.getPropertyValue("--mantine-color-dimmed"),
      grid: { show: false },
      ticks: { show: false },
    };
    const chart = new uPlot(
      {
        width: el.clientWidth,
        height: 160,
        legend: { show: false },
        cursor: { y: false },
        scales: { y: { range: (_, __, max) => [0, max * 1.1 || 1] } },
        axes: [axis, axis],
        series: [
          {},
          {
            fill: style.getPropertyValue("--fettle-filled"),
            stroke: style.getPropertyValue("--fettle-filled"),
            paths: uPlot.paths.bars?.({ size: [0.7, 40] }),
          },
        ],
      },
      data,
      el,
    );
    const resize = new ResizeObserver(() => chart.setSize({ width: el.clientWidth, height: 160 }));
    resize.observe(el);
    return () => {
      resize.disconnect();
      chart.destroy();
    };
  }, [days]);
  return <div ref={box} role="img" aria-label={`Credits spent on each of ${days.length} days`} />;
}
