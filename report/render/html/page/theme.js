// theme.js - light, dark, or as the system has it. Kept for the next report where the browser lets a file keep anything.

const themes = ['auto', 'light', 'dark'];

function keptTheme() {
  try {
    return localStorage.getItem('pageleak-theme');
  } catch {
    return null;
  }
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  byId('theme').textContent = {auto: 'Theme: auto', light: 'Theme: light', dark: 'Theme: dark'}[theme];
  try {
    localStorage.setItem('pageleak-theme', theme);
  } catch {
    // It holds for this page, then.
  }
}

function startTheme() {
  setTheme(themes.includes(keptTheme()) ? keptTheme() : 'auto');
  byId('theme').addEventListener('click', () => {
    setTheme(themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % themes.length]);
    say(byId('theme').textContent);
  });
}
