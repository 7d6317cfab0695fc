import {
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from "@mantine/core";

// Fired clay: the one accent. Everything else is a warm grey.
const clay: MantineColorsTuple = [
  "#fdf3ee",
  "#f8e2d8",
  "#efc3b0",
  "#e6a385",
  "#dd8460",
  "#d46d45",
  "#b94f28",
  "#a64724",
  "#87391d",
  "#672b16",
];

const gray: MantineColorsTuple = [
  "#faf9f8",
  "#f3f2f0",
  "#e9e7e4",
  "#dbd8d4",
  "#c2beb8",
  "#a19c95",
  "#76716a",
  "#57534e",
  "#3a3733",
  "#211f1d",
];

const dark: MantineColorsTuple = [
  "#e3e1de",
  "#b9b5b0",
  "#98938c",
  "#6b6761",
  "#3d3a37",
  "#2c2a28",
  "#232120",
  "#1a1918",
  "#151413",
  "#0f0e0e",
];

// Quiet tints that can be read in both schemes.
const tints: VariantColorsResolver = (input) => {
  const made = defaultVariantColorsResolver(input);
  const color = input.color ?? "gray";
  if (input.variant !== "light" || !(color in input.theme.colors)) return made;
  return {
    ...made,
    background: `color-mix(in srgb, var(--mantine-color-${color}-6) 14%, transparent)`,
    hover: `color-mix(in srgb, var(--mantine-color-${color}-6) 20%, transparent)`,
    color: `light-dark(color-mix(in srgb, var(--mantine-color-${color}-9) 80%, black), var(--mantine-color-${color === "dark" ? "gray" : color}-3))`,
  };
};

/** The list box itself scrolls: one around it would need a place in the order of the keyboard. */
const lists = { options: { maxHeight: 240, overflowY: "auto" } } as const;

/** The look of the whole app. Sizes are dense: 13 px text, 28 px controls. */
export const theme = createTheme({
  respectReducedMotion: true,
  colors: { clay, gray, dark },
  primaryColor: "clay",
  variantColorResolver: tints,
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  luminanceThreshold: 0.22, // dark text on the clay of the dark scheme
  fontFamily: 'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  fontSizes: { xs: "12px", sm: "13px", md: "13.5px", lg: "15px", xl: "18px" },
  lineHeights: { xs: "1.35", sm: "1.4", md: "1.45", lg: "1.45", xl: "1.35" },
  spacing: { xs: "6px", sm: "10px", md: "14px", lg: "20px", xl: "28px" },
  radius: { xs: "3px", sm: "5px", md: "7px", lg: "10px", xl: "14px" },
  defaultRadius: "sm",
  headings: {
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "19px", lineHeight: "1.3" },
      h2: { fontSize: "15px", lineHeight: "1.35" },
      h3: { fontSize: "13.5px", lineHeight: "1.4" },
      h4: { fontSize: "13px", lineHeight: "1.4" },
    },
  },
  components: {
    Button: { defaultProps: { size: "xs" } },
    TextInput: { defaultProps: { size: "xs" } },
    PasswordInput: { defaultProps: { size: "xs" } },
    NumberInput: { defaultProps: { size: "xs" } },
    Select: { defaultProps: { size: "xs", comboboxProps: { shadow: "md" }, withScrollArea: false }, styles: lists },
    MultiSelect: {
      defaultProps: { size: "xs", comboboxProps: { shadow: "md" }, withScrollArea: false },
      styles: lists,
    },
    Autocomplete: { defaultProps: { size: "xs", withScrollArea: false }, styles: lists },
    Textarea: { defaultProps: { size: "xs", autosize: true, minRows: 2 } },
    Checkbox: { defaultProps: { size: "xs" } },
    Radio: { defaultProps: { size: "xs" } },
    Switch: { defaultProps: { size: "xs" } },
    SegmentedControl: { defaultProps: { size: "xs" } },
    Table: {
      defaultProps: { verticalSpacing: 6, borderColor: "var(--fettle-line)", horizontalSpacing: "sm", fz: "sm" },
    },
    Badge: { defaultProps: { variant: "light", size: "sm", tt: "none", fw: 500 } },
    Modal: {
      defaultProps: {
        closeButtonProps: { "aria-label": "Close" },
        centered: true,
        overlayProps: { backgroundOpacity: 0.35 },
        transitionProps: { duration: 120 },
      },
    },
    Drawer: {
      defaultProps: {
        closeButtonProps: { "aria-label": "Close" },
        overlayProps: { backgroundOpacity: 0.2 },
        transitionProps: { duration: 140 },
      },
    },
    Tooltip: { defaultProps: { openDelay: 250, fz: "xs", withArrow: false } },
    Alert: { defaultProps: { p: "sm" } },
    Text: { defaultProps: { size: "sm" } },
    Anchor: { defaultProps: { size: "sm" } },
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Notification: { defaultProps: { closeButtonProps: { "aria-label": "Dismiss" } } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray" } },
  },
});
