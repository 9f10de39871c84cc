import { createTheme } from '@mantine/core';
import type { CSSVariablesResolver, MantineColorsTuple } from '@mantine/core';

/** A tuple of tokens.css, `--ik-<name>-0..9`, so that both systems share one source of colour. */
function tuple(name: string): MantineColorsTuple {
  const shade = (index: number): string => `var(--ik-${name}-${index})`;
  return [shade(0), shade(1), shade(2), shade(3), shade(4), shade(5), shade(6), shade(7), shade(8), shade(9)];
}

/** The Mantine theme of the design: dense (28 px controls), one accent, sizes from tokens.css. */
export const theme = createTheme({
  colors: {
    gray: tuple('gray'),
    dark: tuple('dark'),
    accent: tuple('accent'),
    green: tuple('green'),
    yellow: tuple('amber'),
    red: tuple('red'),
    plum: tuple('plum'),
  },
  primaryColor: 'accent',
  primaryShade: 7,
  fontFamily: 'var(--ik-font)',
  fontFamilyMonospace: 'var(--ik-mono)',
  fontSizes: {
    xs: 'var(--ik-fs-xs)',
    sm: 'var(--ik-fs-sm)',
    md: 'var(--ik-fs-md)',
    lg: 'var(--ik-fs-lg)',
    xl: 'var(--ik-fs-xl)',
  },
  lineHeights: {
    xs: 'var(--ik-lh-xs)',
    sm: 'var(--ik-lh-sm)',
    md: 'var(--ik-lh-md)',
    lg: 'var(--ik-lh-lg)',
    xl: 'var(--ik-lh-xl)',
  },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  radius: { xs: '2px', sm: '4px', md: '6px', lg: '8px', xl: '8px' },
  defaultRadius: 'sm',
  shadows: {
    xs: 'var(--ik-shadow)',
    sm: 'var(--ik-shadow)',
    md: 'var(--ik-shadow)',
    lg: 'var(--ik-shadow)',
    xl: 'var(--ik-shadow)',
  },
  respectReducedMotion: true,
  focusRing: 'auto',
  components: {
    Badge: { defaultProps: { tt: 'none' } },
    // Hints stand below their field, so that fields side by side keep one line.
    InputWrapper: { defaultProps: { inputWrapperOrder: ['label', 'input', 'description', 'error'] } },
    Tooltip: {
      defaultProps: {
        openDelay: 300,
        maw: 320,
        multiline: true,
        events: { hover: true, focus: true, touch: true },
      },
    },
    Modal: {
      defaultProps: {
        centered: true,
        transitionProps: { duration: 140, transition: 'fade' },
        overlayProps: { color: 'transparent', backgroundOpacity: 1 },
      },
    },
    Menu: {
      defaultProps: {
        withInitialFocusPlaceholder: false,
        shadow: 'md',
        transitionProps: { duration: 0 },
        withinPortal: true,
      },
    },
    Popover: { defaultProps: { shadow: 'md', transitionProps: { duration: 0 }, withinPortal: true } },
    Select: {
      defaultProps: {
        comboboxProps: { shadow: 'md', transitionProps: { duration: 0 } },
        allowDeselect: false,
        checkIconPosition: 'right',
      },
    },
  },
});

/** Mantine's own colour variables, pointed at the semantic tokens of each scheme. */
export const cssVariables: CSSVariablesResolver = () => {
  const semantic = {
    '--mantine-color-body': 'var(--ik-panel)',
    '--mantine-color-text': 'var(--ik-text)',
    '--mantine-color-dimmed': 'var(--ik-text-2)',
    '--mantine-color-placeholder': 'var(--ik-text-3)',
    '--mantine-color-anchor': 'var(--ik-accent-text)',
    '--mantine-color-error': 'var(--ik-bad-text)',
    '--mantine-color-default': 'var(--ik-raised)',
    '--mantine-color-default-hover': 'var(--ik-hover)',
    '--mantine-color-default-color': 'var(--ik-text)',
    '--mantine-color-default-border': 'var(--ik-line-strong)',
    '--mantine-color-disabled': 'transparent',
    '--mantine-color-disabled-color': 'var(--ik-text-3)',
    '--mantine-color-disabled-border': 'var(--ik-line-strong)',
    '--mantine-primary-color-filled': 'var(--ik-accent)',
    '--mantine-primary-color-filled-hover': 'var(--ik-accent-hover)',
    '--mantine-primary-color-light': 'var(--ik-accent-soft)',
    '--mantine-primary-color-light-color': 'var(--ik-accent-text)',
  };
  return { variables: {}, dark: semantic, light: semantic };
};
