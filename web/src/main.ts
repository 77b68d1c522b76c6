import './styles/base.css';
import './styles/parts.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { applyTheme } from './state/settings.svelte';

applyTheme();
const target = document.getElementById('app');
if (!target) throw new Error('index.html has no element #app');
mount(App, { target });
